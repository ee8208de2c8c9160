{#- A column that a config names, or an expression. -#}
{% macro field_sql(field) -%}
    {{- return(field if automate_dv_spark.is_expression(field) else automate_dv_spark.quoted_name(field)) -}}
{%- endmacro %}
