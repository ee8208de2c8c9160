{#- The first of several stages; it stands for all of them where columns or types are looked up. -#}
{% macro first_stage(source_model) -%}
    {{- return(automate_dv_spark.stages_of(source_model)[0].name) -}}
{%- endmacro %}
