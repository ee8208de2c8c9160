with

event_sums as (

    select
        promotions.promotion_bk,
        sum(events.sales_amount) as sales_amount,
        sum(events.coupon_discount_amount) as coupon_discount_amount,
        sum(events.coupon_match_discount_amount) as coupon_match_discount_amount
    from {{ ref('fct_promotion_events') }} as events
    inner join {{ ref('dim_promotion') }} as promotions on events.promotion_sk = promotions.promotion_sk
    group by promotions.promotion_bk

)

select
    report.promotion_bk,
    report.attributed_sales_amount,
    event_sums.sales_amount,
    report.manufacturer_discount_amount,
    event_sums.coupon_discount_amount,
    report.store_discount_amount,
    event_sums.coupon_match_discount_amount
from {{ ref('rpt_promotion_performance') }} as report
left join event_sums on report.promotion_bk = event_sums.promotion_bk
where report.attributed_sales_amount <> coalesce(event_sums.sales_amount, 0)
    or report.manufacturer_discount_amount <> coalesce(event_sums.coupon_discount_amount, 0)
    or report.store_discount_amount <> coalesce(event_sums.coupon_match_discount_amount, 0)
