{#- CTEs existing and active: the keys that were active before the first extract of this batch, whether it holds them or not. -#}
{% macro active_keys(c) -%}
existing as (

    select
        {{ c.pk_names | join(',\n        ') }},
        max({{ c.at }}) as {{ c.at }},
        {%- if c.hd %}
        max_by({{ c.hd }}, {{ c.at }}) as {{ c.hd }},
        {%- endif %}
        max_by({{ c.result }} <> {{ c.gone }}, {{ c.at }}) as was_active
    from {{ this }}
    where {{ c.at }} < (select {{ c.at }} from extracts where place = 1)
    group by {{ c.pk_names | join(', ') }}

),

active as (

    select * from existing
    where was_active

),
{%- endmacro %}
