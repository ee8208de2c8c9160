with

source as (

    select * from {{ source('shop', 'web_event') }}

),

final as (

    select
        event_id as web_event_bk,
        event_type,
        session_id as web_session_bk,
        household_id as customer_bk,
        product_id as product_bk,
        campaign_id as promotion_bk,
        coupon_upc as coupon_bk,
        basket_id as basket_bk,
        coalesce(try_to_timestamp(occurred_at, 'yyyy-MM-dd HH:mm:ss'), load_dts) as occurred_at,
        load_id,
        load_dts,
        'shop.web_event' as record_source
    from source

)

select * from final
