{% macro escape_column_names(columns=none) -%}
    {{- return(automate_dv_spark.escaped_names(columns)) -}}
{%- endmacro %}
