{#- The months over which revenue for a period is spread, as an array of their first days. -#}
{% macro period_months(period_start, period_end) -%}
{%- set first_day = business_day(period_start, 'billing') -%}
{%- if var('revenue_by') == 'month' -%}
    {%- set last_day = 'add_months(' ~ first_day ~ ', cast(' ~ period_length(period_start, period_end) ~ ' as int) - 1)' -%}
{%- elif var('revenue_by') == 'second' -%}
    {%- set last_day = business_day('greatest(timestampadd(second, -1, ' ~ period_end ~ '), ' ~ period_start ~ ')', 'billing') -%}
{%- else -%}
    {%- set last_day = 'greatest(date_sub(' ~ business_day(period_end, 'billing') ~ ', 1), ' ~ first_day ~ ')' -%}
{%- endif -%}
sequence(trunc({{ first_day }}, 'MM'), trunc({{ last_day }}, 'MM'), interval 1 month)
{%- endmacro %}
