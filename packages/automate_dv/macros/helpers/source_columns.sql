{#- The rest is not dispatched in AutomateDV either; models may call it. -#}
{% macro source_columns(source_relation=none) -%}
    {{- return(automate_dv_spark.relation_columns(source_relation)) -}}
{%- endmacro %}
