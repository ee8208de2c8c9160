{#- CTE changes: a key appears, returns or has another hashdiff; or it is missing from the next extract. -#}
{% macro extract_changes(c) -%}
changes as (

    select
        {{ c.pk_names | join(',\n        ') }},
        {{ ("case when previous_place = place - 1 then 'U' else 'I' end as status") if c.hd else c.here ~ ' as ' ~ c.result }},
        {%- if c.hd %}
        {{ c.hd }},
        {%- endif %}
        {{ c.at }},
        {{ c.source }}
    from in_order
    where place > 0
        and (
            previous_place is null
            or previous_place < place - 1
            {%- if c.hd %}
            or not previous_hashdiff <=> {{ c.hd }}
            {%- endif %}
        )

    union all

    select
        {{ c.pk_names | join(',\n        ') }},
        {{ c.gone }} as {{ c.result }},
        {%- if c.hd %}
        {{ c.hd }},
        {%- endif %}
        next_extract as {{ c.at }},
        next_source as {{ c.source }}
    from in_order
    where next_extract is not null and (next_place is null or next_place > place + 1)

),
{%- endmacro %}
