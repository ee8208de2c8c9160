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

versions as (

    {{ versions_of('events', key='product_hk', attributes=['description', 'price']) }}

),

final as (

    select
        product_sk,
        product_hk,
        description.manufacturer_bk,
        description.department,
        description.brand,
        description.product_category,
        description.product_type,
        description.package_size,
        price.list_price_amount,
        price.currency,
        valid_from,
        valid_to,
        first_known_at,
        known_at
    from versions

)

select * from final
