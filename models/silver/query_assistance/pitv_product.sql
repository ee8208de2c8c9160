{{ config(materialized='view') }}

with

pit as (

    select * from {{ ref('pit_product') }}

),

descriptions as (

    {{ in_force(ref('sat_product__erp_description'), 'product_hk', 'applied_dts') }}

),

prices as (

    {{ in_force(ref('sat_product__erp_price'), 'product_hk', 'applied_dts') }}

),

final as (

    select
        pit.product_hk,
        pit.as_of_date,
        descriptions.manufacturer_bk,
        descriptions.department,
        descriptions.brand,
        descriptions.product_category,
        descriptions.product_type,
        descriptions.package_size,
        descriptions.applied_dts as description_applied_dts,
        prices.list_price_amount,
        prices.currency,
        prices.applied_dts as price_applied_dts
    from pit
    left join descriptions
        on pit.product_hk = descriptions.product_hk
            and pit.as_of_date >= descriptions.in_force_from
            and pit.as_of_date < descriptions.in_force_to
    left join prices
        on pit.product_hk = prices.product_hk
            and pit.as_of_date >= prices.in_force_from
            and pit.as_of_date < prices.in_force_to

)

select * from final
