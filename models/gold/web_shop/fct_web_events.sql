with

web_events as (

    select * from {{ ref('nh_link_web_event') }}

),

customers as (

    select * from {{ ref('dim_customer') }}

),

products as (

    select * from {{ ref('dim_product') }}

),

promotions as (

    select * from {{ ref('dim_promotion') }}

),

final as (

    select
        web_events.web_event_hk,
        web_events.event_type,
        coalesce(customers.customer_sk, {{ unknown_key() }}) as customer_sk,
        coalesce(products.product_sk, {{ unknown_key() }}) as product_sk,
        coalesce(promotions.promotion_sk, {{ unknown_key() }}) as promotion_sk,
        {{ date_key(business_day('web_events.occurred_at', 'shop')) }} as date_key,
        web_events.occurred_at,
        web_events.web_session_bk,
        web_events.coupon_bk,
        web_events.basket_bk
    from web_events
    {{ join_version('customers', 'customer_hk', 'web_events', 'web_events.occurred_at') }}
    {{ join_version('products', 'product_hk', 'web_events', 'web_events.occurred_at') }}
    {{ join_version('promotions', 'promotion_hk', 'web_events', 'web_events.occurred_at') }}

)

select * from final
