{#- CTE present: one row per key and extract that holds it. -#}
{% macro keys_by_extract(c) -%}
present as (

    select
        {{ c.pk_names | join(',\n        ') }},
        {{ c.at }},
        {%- if c.hd %}
        max({{ c.hd }}) as {{ c.hd }},
        {%- endif %}
        min({{ c.source }}) as {{ c.source }}
    from staged
    group by {{ (c.pk_names + [c.at]) | join(', ') }}

),
{%- endmacro %}
