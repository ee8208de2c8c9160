{#- The day on which something happened where it happened. Timestamps are UTC: a sale at 9 p.m. in New York has the next UTC day. -#}
{% macro business_day(timestamp, source=none) -%}
to_date(from_utc_timestamp({{ timestamp }}, '{{ business_time_zone(source) }}'))
{%- endmacro %}
