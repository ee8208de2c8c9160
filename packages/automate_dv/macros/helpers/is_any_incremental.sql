{% macro is_any_incremental() -%}
    {{- return(automate_dv_spark.adds_to_target()) -}}
{%- endmacro %}
