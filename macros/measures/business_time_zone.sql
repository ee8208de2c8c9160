{#- The zone in which a source counts its days: var('business_time_zone') is one zone, or zones by source with a default. -#}
{% macro business_time_zone(source=none) -%}
    {%- set zones = var('business_time_zone') -%}
    {%- if zones is string -%}
        {%- set zones = {'default': zones} -%}
    {%- elif zones is not mapping or 'default' not in zones -%}
        {{ exceptions.raise_compiler_error(
            'business_time_zone in dbt_project.yml is neither a time zone nor zones by source with a default, '
            ~ 'such as {default: America/New_York, erp: America/Chicago}. Got: ' ~ zones
        ) }}
    {%- endif -%}
{{ zones.get(source, zones.default) }}
{%- endmacro %}
