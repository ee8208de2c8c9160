with

source as (

    select * from {{ source('erp', 'list_price') }}

),

final as (

    select
        product_id as product_bk,
        {{ exact_decimal('list_price', 12, 2) }} as list_price_amount,
        currency,
        coalesce(
            {{ business_day_start("try_to_timestamp(valid_from, 'yyyy-MM-dd')", 'erp') }}, load_dts
        ) as applied_dts,
        load_id,
        {{ versioned_load_dts('product_id', 'valid_from') }} as load_dts,
        'erp.list_price' as record_source
    from source

)

select * from final
