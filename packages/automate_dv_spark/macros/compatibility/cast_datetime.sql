{% macro spark__cast_datetime(column_str, as_string=false, alias=none, date_type=none) -%}
to_timestamp({{ "'" ~ column_str ~ "'" if as_string else column_str }}){{ ' as ' ~ alias if alias }}
{%- endmacro %}
