{#- The zone in which a source counts its days: var('business_time_zone') is one zone, or zones by source with a default. -#}
{% macro business_time_zone(source=none) -%}
    {%- set zones = var('business_time_zone') -%}
{{ zones if zones is string else zones.get(source, zones.default) }}
{%- endmacro %}
