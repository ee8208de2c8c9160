{#-
    Schemas are the medallion's layers on every engine; what separates people and branches is the catalog or the lake folder.
    A star as known at a moment has schemas of its own, such as gold_as_known_20170801, beside the published ones.
-#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- set moment = as_known_at() -%}
    {{ (custom_schema_name or target.schema) | trim }}
    {%- if moment -%}
        _as_known_{{ moment.strftime('%Y%m%d' if moment.time() == modules.datetime.time() else '%Y%m%dt%H%M%S') }}
    {%- endif -%}
{%- endmacro %}
