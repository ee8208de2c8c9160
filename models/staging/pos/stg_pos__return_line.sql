with

source as (

    select * from {{ source('pos', 'return_line') }}

),

final as (

    select
        return_id as return_bk,
        basket_id as basket_bk,
        product_id as product_bk,
        household_id as customer_bk,
        store_id as store_bk,
        try_cast(quantity as bigint) as quantity,
        {{ exact_decimal('refund_amount', 12, 2) }} as refund_amount,
        return_reason,
        coalesce(try_to_timestamp(returned_at, 'yyyy-MM-dd HH:mm:ss'), load_dts) as returned_at,
        load_id,
        load_dts,
        'pos.return_line' as record_source
    from source

)

select * from final
