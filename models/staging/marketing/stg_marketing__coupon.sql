with

source as (

    select * from {{ source('marketing', 'coupon') }}

),

final as (

    select
        coupon_upc as coupon_bk,
        product_id as product_bk,
        campaign_id as promotion_bk,
        load_id,
        load_dts,
        'marketing.coupon' as record_source
    from source

)

select * from final
