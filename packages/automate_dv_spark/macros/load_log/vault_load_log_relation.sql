{#- The load log says which child of a hashed stage has loaded which delivery: one row per (model, stage, load_id). -#}
{% macro vault_load_log_relation(schema) -%}
    {{ return(api.Relation.create(schema=schema, identifier='vault_load_log')) }}
{%- endmacro %}
