with

source as (

    select * from {{ source('pos', 'sale_line') }}

),

final as (

    select
        household_id as customer_bk,
        store_id as store_bk,
        basket_id as basket_bk,
        product_id as product_bk,
        try_cast(quantity as bigint) as quantity,
        {{ exact_decimal('sales_value', 12, 2) }} as sales_amount,
        {{ exact_decimal('retail_disc', 12, 2) }} as retail_discount_amount,
        {{ exact_decimal('coupon_disc', 12, 2) }} as coupon_discount_amount,
        {{ exact_decimal('coupon_match_disc', 12, 2) }} as coupon_match_discount_amount,
        try_cast(week as int) as sale_week,
        coalesce(try_to_timestamp(transaction_timestamp, 'yyyy-MM-dd HH:mm:ss'), load_dts) as sold_at,
        load_id,
        load_dts,
        'pos.sale_line' as record_source
    from source

)

select * from final
