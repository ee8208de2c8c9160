{#- One fixed-width number that orders by load time, then by effective time: wide enough for the year 9999. -#}
{% macro recency(ldts, eff) -%}
    {%- if not eff -%}
        {{ ldts[0].alias }}
    {%- else -%}
        cast(unix_micros(cast({{ ldts[0].alias }} as timestamp)) as decimal(38, 0)) * 1000000000000000000
            + coalesce(unix_micros(cast({{ eff[0].alias }} as timestamp)), -1000000000000000000)
    {%- endif -%}
{%- endmacro %}
