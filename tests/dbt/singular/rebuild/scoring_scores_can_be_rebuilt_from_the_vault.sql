-- A score that was sent twice is no news; one with another value is a reject.
{{ config(group='vault') }}
{{ rebuild_differs(
    staged="select
        " ~ given_key('model_bk') ~ ", model_version, " ~ given_key('customer_bk') ~ ", " ~ given_key('promotion_bk') ~ ",
        cut_off_at, score, scored_at,
        min(load_dts) as load_dts
    from " ~ ref('stg_scoring__score') ~ " group by all",
    rebuilt="select
        model_bk, model_version, customer_bk, promotion_bk, cut_off_at, score, scored_at,
        scores.load_dts
    from (
        select * from " ~ ref('nh_link_score') ~ "
        union all
        select * except (reason) from " ~ ref('rej_score') ~ "
    ) as scores
    inner join " ~ ref('hub_model') ~ " as model on scores.model_hk = model.model_hk
    inner join " ~ ref('hub_customer') ~ " as customer on scores.customer_hk = customer.customer_hk
    inner join " ~ ref('hub_promotion') ~ " as promotion on scores.promotion_hk = promotion.promotion_hk",
) }}
