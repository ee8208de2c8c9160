{#- The view beside a hashed stage that has all of its history, whatever was loaded; pending_loads keeps it. -#}
{% macro stage_of_all(stage) -%}
    {{- return(api.Relation.create(schema=stage.schema, identifier=stage.identifier ~ '__all', type='view')) -}}
{%- endmacro %}
