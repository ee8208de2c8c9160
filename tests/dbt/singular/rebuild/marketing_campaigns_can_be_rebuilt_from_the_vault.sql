-- A row that is sent again, unchanged, is no news: of equal rows the first is compared.
{{ config(group='vault') }}
{{ rebuild_differs(
    staged="select
        " ~ given_key('promotion_bk') ~ ", campaign_type, start_date, end_date, discount_terms, applied_dts,
        min(load_dts) as load_dts
    from " ~ ref('stg_marketing__campaign') ~ " group by all",
    rebuilt="select promotion_bk, campaign_type, start_date, end_date, discount_terms, applied_dts, sat.load_dts
    from " ~ ref('sat_promotion__marketing_terms') ~ " as sat
    inner join " ~ ref('hub_promotion') ~ " as promotion on sat.promotion_hk = promotion.promotion_hk",
) }}
