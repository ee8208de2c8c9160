{#- The models and sources that this model reads and that have the column: where its staged rows are. -#}
{% macro staged_relations(column) -%}
    {%- set relations = [] -%}
    {%- for id in model.depends_on.nodes -%}
        {%- set node = graph.nodes.get(id) or graph.sources.get(id) -%}
        {%- if node and node.config.materialized != 'ephemeral' -%}
            {%- if node.resource_type == 'source' -%}
                {%- set relation = source(node.source_name, node.name) -%}
            {%- else -%}
                {%- set relation = ref(node.package_name, node.name, v=node.version) -%}
            {%- endif -%}
            {%- if automate_dv_spark.plain_name(column) | lower in automate_dv_spark.relation_columns(relation) | map('lower') -%}
                {%- do relations.append(relation) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(relations) -}}
{%- endmacro %}
