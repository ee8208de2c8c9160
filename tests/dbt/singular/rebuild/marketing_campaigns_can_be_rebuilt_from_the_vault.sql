{{ config(group='vault') }}
{{ rebuild_differs(
    staged="select promotion_bk, campaign_type, start_date, end_date, discount_terms, applied_dts, load_dts
    from " ~ ref('stg_marketing__campaign'),
    rebuilt="select promotion_bk, campaign_type, start_date, end_date, discount_terms, applied_dts, sat.load_dts
    from " ~ ref('sat_promotion__marketing_terms') ~ " as sat
    inner join " ~ ref('hub_promotion') ~ " as promotion on sat.promotion_hk = promotion.promotion_hk",
) }}
