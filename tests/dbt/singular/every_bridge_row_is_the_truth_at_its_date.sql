-- The truth found anew, without effectivity: who was targeted by then, which coupons the terms put in force that day.
{{ config(group='vault') }}
{{ rebuild_differs(
    staged="select as_of_date, targets.customer_hk, targets.promotion_hk, covered.coupon_hk
    from " ~ ref('as_of_month_end') ~ " as dates
    inner join " ~ ref('link_customer_promotion') ~ " as targets on targets.targeted_at <= dates.as_of_date
    inner join (
        select promotion_hk, max_by(struct(start_date, end_date), struct(applied_dts, load_dts)) as days
        from " ~ ref('sat_promotion__marketing_terms') ~ " group by promotion_hk
    ) as terms
        on targets.promotion_hk = terms.promotion_hk
            and to_date(dates.as_of_date) between terms.days.start_date and terms.days.end_date
    inner join (select distinct promotion_hk, coupon_hk from " ~ ref('link_product_promotion') ~ ") as covered
        on targets.promotion_hk = covered.promotion_hk",
    rebuilt="select bridge.as_of_date, bridge.customer_hk, targets.promotion_hk, coupons.coupon_hk
    from " ~ ref('bridge_customer_promotion_coupon') ~ " as bridge
    inner join " ~ ref('link_customer_promotion') ~ " as targets
        on bridge.customer_promotion_hk = targets.customer_promotion_hk and bridge.customer_hk = targets.customer_hk
    inner join " ~ ref('link_coupon_promotion') ~ " as coupons
        on bridge.coupon_promotion_hk = coupons.coupon_promotion_hk and targets.promotion_hk = coupons.promotion_hk",
) }}
