{{ config(materialized='view') }}

with

pit as (

    select * from {{ ref('pit_product') }}

),

descriptions as (

    select * from {{ ref('sat_product__erp_description') }}

),

prices as (

    select * from {{ ref('sat_product__erp_price') }}

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
        on pit.sat_product__erp_description_hk = descriptions.product_hk
            and pit.sat_product__erp_description_load_dts = descriptions.load_dts
    left join prices
        on pit.sat_product__erp_price_hk = prices.product_hk
            and pit.sat_product__erp_price_load_dts = prices.load_dts

)

select * from final
