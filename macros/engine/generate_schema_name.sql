{#- Schemas are the medallion's layers on every engine; what separates people and branches is the catalog or the lake folder. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
