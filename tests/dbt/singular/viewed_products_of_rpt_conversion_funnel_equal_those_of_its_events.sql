with

events as (

    select * from {{ ref('fct_web_events') }}

),

products as (

    select * from {{ ref('dim_product') }}

),

funnel as (

    select coalesce(sum(viewed_count), 0) as viewed_count
    from {{ ref('rpt_conversion_funnel') }}

),

viewed as (

    select count(distinct events.web_session_bk, products.product_hk) as viewed_count
    from events
    inner join products on events.product_sk = products.product_sk
    where events.event_type = 'product_viewed'

),

final as (

    select
        funnel.viewed_count as funnel_count,
        viewed.viewed_count as event_count
    from funnel
    cross join viewed
    where funnel.viewed_count <> viewed.viewed_count

)

select * from final
