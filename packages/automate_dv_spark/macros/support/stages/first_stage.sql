{#- The first of several stages; columns and types are looked up in it. -#}
{% macro first_stage(source_model) -%}
    {{- return(automate_dv_spark.stages_of(source_model)[0].name) -}}
{%- endmacro %}
