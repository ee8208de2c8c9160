{% macro spark__null_columns(source_relation=none, columns=none) -%}
    {{- automate_dv_spark.expression_list(automate_dv_spark.null_expressions(columns or {})) -}}
{%- endmacro %}
