-- The source sends 4,872 exact duplicates; a relationship is there or not, so the distinct rows are compared.
{{ config(group='vault') }}
{{ rebuild_differs(
    staged="select distinct coupon_bk, product_bk, promotion_bk, load_dts from " ~ ref('stg_marketing__coupon'),
    rebuilt="select coupon_bk, product_bk, promotion_bk, covered.load_dts
    from " ~ ref('link_product_promotion') ~ " as covered
    inner join " ~ ref('hub_coupon') ~ " as coupon on covered.coupon_hk = coupon.coupon_hk
    inner join " ~ ref('hub_product') ~ " as product on covered.product_hk = product.product_hk
    inner join " ~ ref('hub_promotion') ~ " as promotion on covered.promotion_hk = promotion.promotion_hk",
) }}
