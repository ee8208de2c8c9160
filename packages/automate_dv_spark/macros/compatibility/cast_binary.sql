{% macro spark__cast_binary(column_str, alias=none, quote=true) -%}
cast({{ "'" ~ column_str ~ "'" if quote else column_str }} as {{ automate_dv_spark.spark__type_binary() }}){{ ' as ' ~ alias if alias }}
{%- endmacro %}
