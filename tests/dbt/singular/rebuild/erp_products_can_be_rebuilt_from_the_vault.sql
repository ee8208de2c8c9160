-- A row that is sent again, unchanged, is no news: of equal rows the first is compared.
{{ config(group='vault') }}
{{ rebuild_differs(
    staged="select
        " ~ given_key('product_bk') ~ ", manufacturer_bk, department, brand, product_category, product_type, package_size,
        applied_dts, min(load_dts) as load_dts
    from " ~ ref('stg_erp__product') ~ " group by all",
    rebuilt="select
        product_bk, manufacturer_bk, department, brand, product_category, product_type, package_size, applied_dts,
        sat.load_dts
    from " ~ ref('sat_product__erp_description') ~ " as sat
    inner join " ~ ref('hub_product') ~ " as product on sat.product_hk = product.product_hk",
) }}
