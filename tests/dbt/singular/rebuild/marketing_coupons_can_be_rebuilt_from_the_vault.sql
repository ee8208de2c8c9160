-- The source sends 4,872 exact duplicates; a relationship is there or not, so of equal rows the first is compared.
{{ config(group='vault') }}
{{ rebuild_differs(
    staged="select
        " ~ given_key('coupon_bk') ~ ", " ~ given_key('product_bk') ~ ",
        " ~ given_key('promotion_bk') ~ ", min(load_dts) as load_dts
    from " ~ ref('stg_marketing__coupon') ~ " group by all",
    rebuilt="select coupon_bk, product_bk, promotion_bk, covered.load_dts
    from " ~ ref('link_product_promotion') ~ " as covered
    inner join " ~ ref('hub_coupon') ~ " as coupon on covered.coupon_hk = coupon.coupon_hk
    inner join " ~ ref('hub_product') ~ " as product on covered.product_hk = product.product_hk
    inner join " ~ ref('hub_promotion') ~ " as promotion on covered.promotion_hk = promotion.promotion_hk",
) }}
