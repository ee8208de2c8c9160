{% macro spark__hash_columns(columns=none, columns_to_escape=none) -%}
    {{- automate_dv_spark.expression_list(automate_dv_spark.hashed_expressions(columns or {}, [], columns_to_escape or [], none)) -}}
{%- endmacro %}
