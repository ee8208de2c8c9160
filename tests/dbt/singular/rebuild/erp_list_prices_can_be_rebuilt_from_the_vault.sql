-- A row that is sent again, unchanged, is no news: of equal rows the first is compared.
{{ config(group='vault') }}
{{ rebuild_differs(
    staged="select
        " ~ given_key('product_bk') ~ ", list_price_amount, currency, applied_dts, min(load_dts) as load_dts
    from " ~ ref('stg_erp__list_price') ~ " group by all",
    rebuilt="select product_bk, list_price_amount, currency, applied_dts, sat.load_dts
    from " ~ ref('sat_product__erp_price') ~ " as sat
    inner join " ~ ref('hub_product') ~ " as product on sat.product_hk = product.product_hk",
) }}
