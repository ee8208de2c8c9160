with

descriptions as (

    select * from {{ ref('sat_product__erp_description') }}

),

prices as (

    select * from {{ ref('sat_product__erp_price') }}

),

events as (

    select
        product_hk,
        applied_dts,
        load_dts,
        struct(manufacturer_bk, department, brand, product_category, product_type, package_size) as description,
        cast(null as struct<list_price_amount: decimal(12, 2), currency: string>) as price
    from descriptions

    union all

    select
        product_hk,
        applied_dts,
        load_dts,
        null as description,
        struct(list_price_amount, currency) as price
    from prices

),

-- At one applied point the last landed record wins: only the last event of a point becomes a version.
carried as (

    select
        product_hk,
        applied_dts,
        last_value(description, true) over so_far as description,
        last_value(price, true) over so_far as price,
        last_value(if(description is not null, load_dts, null), true) over so_far as description_known_at,
        last_value(if(price is not null, load_dts, null), true) over so_far as price_known_at,
        first_value(applied_dts) over so_far as first_known_at,
        first_value(load_dts) over so_far as first_landed_at,
        lead(applied_dts) over in_order as next_applied_dts,
        lead(load_dts) over in_order as next_known_at
    from events
    window
        in_order as (partition by product_hk order by applied_dts, load_dts),
        so_far as (
            partition by product_hk order by applied_dts, load_dts
            rows between unbounded preceding and current row
        )

),

final as (

    select
        {{ version_key('product_hk', 'applied_dts') }} as product_sk,
        product_hk,
        description.manufacturer_bk,
        description.department,
        description.brand,
        description.product_category,
        description.product_type,
        description.package_size,
        price.list_price_amount,
        price.currency,
        {{ valid_from('applied_dts') }} as valid_from,
        coalesce(next_applied_dts, {{ end_of_time() }}) as valid_to,
        first_known_at,
        greatest(description_known_at, price_known_at, next_known_at, first_landed_at) as known_at
    from carried
    where next_applied_dts is null or next_applied_dts > applied_dts

)

select * from final
