{#- The names of the table's columns, in its order. -#}
{% macro target_columns(target_relation) -%}
    {{- automate_dv_spark.names(
        automate_dv_spark.column_list(automate_dv_spark.relation_columns(target_relation))
    ) | join(', ') -}}
{%- endmacro %}
