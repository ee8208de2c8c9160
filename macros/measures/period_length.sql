{#- How long a period is, in the parts that var revenue_by counts: days, seconds or months. -#}
{% macro period_length(period_start, period_end) -%}
{%- set by = var('revenue_by') -%}
{%- if by == 'day' -%}
    {%- set parts = 'datediff(' ~ business_day(period_end, 'billing') ~ ', ' ~ business_day(period_start, 'billing') ~ ')' -%}
{%- elif by == 'second' -%}
    {%- set parts = 'unix_seconds(' ~ period_end ~ ') - unix_seconds(' ~ period_start ~ ')' -%}
{%- elif by == 'month' -%}
    {%- set parts = 'ceil(months_between(' ~ period_end ~ ', ' ~ period_start ~ '))' -%}
{%- else -%}
    {{ exceptions.raise_compiler_error('revenue_by in dbt_project.yml is day, second or month. Got: ' ~ by) }}
{%- endif -%}
cast(greatest({{ parts }}, 1) as bigint)
{%- endmacro %}
