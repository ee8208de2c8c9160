{#- The last as-of day: the end of the month of now, or of the newest landing in these tables if that is later. -#}
{% macro as_of_until(tables) -%}
    {%- set days = [business_day(now())] -%}
    {%- for table in tables -%}
        {%- do days.append('(select ' ~ business_day('max(load_dts)') ~ ' from ' ~ table ~ ')') -%}
    {%- endfor -%}
last_day(greatest({{ days | join(', ') }}))
{%- endmacro %}
