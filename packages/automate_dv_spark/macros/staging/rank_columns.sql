{% macro spark__rank_columns(columns=none) -%}
    {{- automate_dv_spark.expression_list(automate_dv_spark.ranked_expressions(columns or {})) -}}
{%- endmacro %}
