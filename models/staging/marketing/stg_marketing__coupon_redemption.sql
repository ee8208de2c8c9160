with

source as (

    select * from {{ source('marketing', 'coupon_redemption') }}

),

final as (

    select
        household_id as customer_bk,
        coupon_upc as coupon_bk,
        campaign_id as promotion_bk,
        cast(coalesce(try_to_timestamp(redemption_date, 'yyyy-MM-dd'), load_dts) as date) as redeemed_on,
        load_id,
        load_dts,
        'marketing.coupon_redemption' as record_source
    from source

)

select * from final
