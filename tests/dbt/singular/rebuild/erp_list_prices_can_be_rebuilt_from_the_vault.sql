{{ config(group='vault') }}
{{ rebuild_differs(
    staged="select product_bk, list_price_amount, currency, applied_dts, load_dts from " ~ ref('stg_erp__list_price'),
    rebuilt="select product_bk, list_price_amount, currency, applied_dts, sat.load_dts
    from " ~ ref('sat_product__erp_price') ~ " as sat
    inner join " ~ ref('hub_product') ~ " as product on sat.product_hk = product.product_hk",
) }}
