{#- The last microsecond of the period that begins at a moment. -#}
{% macro spark__timestamp_add(datepart, interval, from_date_or_timestamp) -%}
timestampadd(microsecond, -1, timestampadd({{ datepart }}, 1, {{ from_date_or_timestamp }}))
{%- endmacro %}
