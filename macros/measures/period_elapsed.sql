{#-
    How much of a period is over at a moment, in the parts of period_length: a whole number, so that a share of an amount is exact. The day on which a
    period begins counts, the day on which it ends does not; an equal month is over when the calendar's is.
-#}
{% macro period_elapsed(period_start, period_end, until) -%}
{%- set by = var('revenue_by') -%}
{%- set first_day, day = business_day(period_start, 'billing'), business_day(until, 'billing') -%}
{%- if by == 'day' -%}
    {%- set parts = 'datediff(' ~ day ~ ', ' ~ first_day ~ ')' -%}
{%- elif by == 'second' -%}
    {%- set parts = 'unix_seconds(' ~ until ~ ') - unix_seconds(' ~ period_start ~ ')' -%}
{%- else -%}
    {%- set parts = "months_between(trunc(" ~ day ~ ", 'MM'), trunc(" ~ first_day ~ ", 'MM'))" -%}
{%- endif -%}
cast(least(greatest({{ parts }}, 0), {{ period_length(period_start, period_end) }}) as bigint)
{%- endmacro %}
