with

counts as (

    {% for entity in ['customer', 'product', 'promotion', 'store', 'subscription_plan', 'user'] %}
        select
            'dim_{{ entity }}' as dimension,
            (select count(*) from {{ ref('hub_' ~ entity) }}) as hub_count,
            (
                select count(distinct {{ entity }}_hk)
                from {{ ref('dim_' ~ entity) }}
                where {{ entity }}_hk <> {{ unknown_key() }}
            ) as member_count
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select * from counts
where hub_count <> member_count
