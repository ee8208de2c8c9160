{#- A table or view of the schema that consumers of Gold read. -#}
{% macro release_table(name) -%}
    {{ return(api.Relation.create(database=target.database or none, schema='gold_published', identifier=name)) }}
{%- endmacro %}
