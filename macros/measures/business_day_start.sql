{#- The UTC time at which a day of the business begins: the inverse of business_day. -#}
{% macro business_day_start(day, source=none) -%}
to_utc_timestamp(cast({{ day }} as timestamp), '{{ business_time_zone(source) }}')
{%- endmacro %}
