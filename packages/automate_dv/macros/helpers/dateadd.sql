{% macro dateadd(datepart=none, interval=none, from_date_or_timestamp=none) -%}
    {{- return(adapter.dispatch('dateadd', 'automate_dv')(
        datepart=datepart, interval=interval, from_date_or_timestamp=from_date_or_timestamp
    )) -}}
{%- endmacro %}
