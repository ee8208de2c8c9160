{#-
    The relation to read a stage from. A table that is created while its stage is not built in the same run takes its history
    from the view: the stage holds only what the other tables still had to load.
-#}
{% macro stage_relation(name) -%}
    {%- set stage = ref(name) -%}
    {%- if execute and model.config.materialized != 'unit' and not automate_dv_spark.adds_to_target() -%}
        {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.name == name
            and automate_dv_spark.is_logged_stage(node) and node.unique_id not in selected_resources -%}
            {{- return(automate_dv_spark.stage_of_all(stage)) -}}
        {%- endfor -%}
    {%- endif -%}
    {{- return(stage) -}}
{%- endmacro %}
