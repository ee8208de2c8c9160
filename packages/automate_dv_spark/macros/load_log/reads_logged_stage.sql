{#- Whether the current model reads a hashed stage that holds only what is still to be loaded. -#}
{% macro reads_logged_stage() -%}
    {%- for parent in model.depends_on.nodes if automate_dv_spark.is_logged_stage(graph.nodes.get(parent)) -%}
        {{- return(true) -}}
    {%- endfor -%}
    {{- return(false) -}}
{%- endmacro %}
