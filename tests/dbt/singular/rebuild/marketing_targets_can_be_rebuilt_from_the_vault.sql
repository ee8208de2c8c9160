-- A customer is targeted once: of several rows the first is compared.
{{ config(group='vault') }}
{{ rebuild_differs(
    staged="select
        " ~ given_key('promotion_bk') ~ ", " ~ given_key('customer_bk') ~ ",
        min_by(targeted_at, load_dts) as targeted_at, min(load_dts) as load_dts
    from " ~ ref('stg_marketing__campaign_target') ~ " group by 1, 2",
    rebuilt="select promotion_bk, customer_bk, targeted_at, target.load_dts
    from " ~ ref('link_customer_promotion') ~ " as target
    inner join " ~ ref('hub_promotion') ~ " as promotion on target.promotion_hk = promotion.promotion_hk
    inner join " ~ ref('hub_customer') ~ " as customer on target.customer_hk = customer.customer_hk",
) }}
