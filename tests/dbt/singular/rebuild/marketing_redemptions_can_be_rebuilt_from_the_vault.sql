-- A row that is sent again, unchanged, is no news: of equal rows the first is compared.
{{ config(group='vault') }}
{{ rebuild_differs(
    staged="select
        " ~ given_key('customer_bk') ~ ", " ~ given_key('coupon_bk') ~ ",
        " ~ given_key('promotion_bk') ~ ", redeemed_on, min(load_dts) as load_dts
    from " ~ ref('stg_marketing__coupon_redemption') ~ " group by all",
    rebuilt="select customer_bk, coupon_bk, promotion_bk, redeemed_on, redeemed.load_dts
    from " ~ ref('nh_link_coupon_redemption') ~ " as redeemed
    inner join " ~ ref('hub_customer') ~ " as customer on redeemed.customer_hk = customer.customer_hk
    inner join " ~ ref('hub_coupon') ~ " as coupon on redeemed.coupon_hk = coupon.coupon_hk
    inner join " ~ ref('hub_promotion') ~ " as promotion on redeemed.promotion_hk = promotion.promotion_hk",
) }}
