{#-
    The relation as the catalogue knows it. In a run with --empty or --sample a relation is a subquery; in a unit test it is
    a CTE of rows given there, which has the columns of the model or source that it stands for.
-#}
{% macro stored_relation(relation) -%}
    {%- set given = '__dbt__cte__' -%}
    {%- if relation.identifier is undefined or not relation.identifier -%}
        {{- return(relation) -}}
    {%- elif relation.identifier.startswith(given) -%}
        {%- set name = relation.identifier[given | length:] -%}
        {#-
            The graph is empty in a unit test. The manifest behind ref holds the given inputs, each with the place
            of the table that it replaces.
        -#}
        {%- for node in (builtins.ref.manifest.nodes.values() if builtins.ref.manifest is defined else [])
            if name in [node.identifier, node.alias, node.name, node.cte_name] -%}
            {{- return(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)) -}}
        {%- endfor -%}
        {{- return(relation) -}}
    {%- endif -%}
    {{- return(api.Relation.create(
        database=relation.database, schema=relation.schema, identifier=relation.identifier, type=relation.type
    )) -}}
{%- endmacro %}
