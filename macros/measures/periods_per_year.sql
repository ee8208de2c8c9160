{#- How often a year has an interval: 12 / 3 for a quarter, 52 for a week. So a week counts 52 / 12 times a month, and not four times. -#}
{% macro periods_per_year(unit, count) -%}
cast(case {{ unit }} when 'day' then 365 when 'week' then 52 when 'month' then 12 when 'year' then 1 end / cast({{ count }} as decimal(9)) as decimal(12, 6))
{%- endmacro %}
