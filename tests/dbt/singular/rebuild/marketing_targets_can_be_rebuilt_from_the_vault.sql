{{ config(group='vault') }}
{{ rebuild_differs(
    staged="select promotion_bk, customer_bk, targeted_at, load_dts from " ~ ref('stg_marketing__campaign_target'),
    rebuilt="select promotion_bk, customer_bk, targeted_at, target.load_dts
    from " ~ ref('link_customer_promotion') ~ " as target
    inner join " ~ ref('hub_promotion') ~ " as promotion on target.promotion_hk = promotion.promotion_hk
    inner join " ~ ref('hub_customer') ~ " as customer on target.customer_hk = customer.customer_hk",
) }}
