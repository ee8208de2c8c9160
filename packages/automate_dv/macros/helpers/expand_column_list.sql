{% macro expand_column_list(columns=none) -%}
    {{- return(automate_dv_spark.flat_list(columns)) -}}
{%- endmacro %}
