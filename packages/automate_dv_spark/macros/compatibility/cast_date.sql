{% macro spark__cast_date(column_str, as_string=false, alias=none) -%}
to_date({{ "'" ~ column_str ~ "'" if as_string else column_str }}){{ ' as ' ~ alias if alias }}
{%- endmacro %}
