{#-
    The Monday of a week that has only a number: of the last such week that had begun on a day. Week 1 has the first of January.
    A count of weeks that goes on beyond its year is counted from the same January.
-#}
{% macro week_start(week, day) -%}
    {%- set this_year = "date_trunc('week', trunc(" ~ day ~ ", 'year'))" -%}
    {%- set last_year = "date_trunc('week', add_months(trunc(" ~ day ~ ", 'year'), -12))" -%}
date_add(
        if(date_add({{ this_year }}, 7 * ({{ week }} - 1)) <= {{ day }}, {{ this_year }}, {{ last_year }}),
        7 * ({{ week }} - 1)
    )
{%- endmacro %}
