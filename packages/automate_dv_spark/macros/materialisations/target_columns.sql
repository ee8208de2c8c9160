{#- The columns that are written, those of the table. -#}
{% macro target_columns(target_relation) -%}
    {{- automate_dv_spark.names(
        automate_dv_spark.column_list(automate_dv_spark.relation_columns(target_relation))
    ) | join(', ') -}}
{%- endmacro %}
