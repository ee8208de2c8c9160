{#- Dates as an array: literals, or the query that gives them. -#}
{% macro dates_array(dates) -%}
    {{- dates if dates is string else 'array(' ~ dates | join(', ') ~ ')' -}}
{%- endmacro %}
