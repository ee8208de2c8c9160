with

source as (

    select * from {{ source('erp', 'product') }}

),

final as (

    select
        product_id as product_bk,
        manufacturer_id as manufacturer_bk,
        department,
        brand,
        product_category,
        product_type,
        package_size,
        coalesce(try_to_timestamp(changed_at, 'yyyy-MM-dd HH:mm:ss'), load_dts) as applied_dts,
        load_id,
        {{ versioned_load_dts('product_id', 'changed_at') }} as load_dts,
        'erp.product' as record_source
    from source

)

select * from final
