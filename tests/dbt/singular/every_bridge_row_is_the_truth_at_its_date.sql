-- The truth found anew, without effectivity: who was targeted by then, and which coupons the terms put in force on the
-- day. A customer's coupons of a promotion are compared as a set: their number, and a fingerprint of all of them.
{{ config(group='vault') }}
{%- set coupon_set = 'count(*) as coupon_count, bit_xor(xxhash64(coupon_hk)) as coupon_print' %}
{{ rebuild_differs(
    staged="select dates.as_of_date, targets.customer_hk, targets.promotion_hk, covered.coupon_count, covered.coupon_print
    from " ~ ref('as_of_month_end') ~ " as dates
    inner join " ~ ref('link_customer_promotion') ~ " as targets on targets.targeted_at <= dates.as_of_date
    inner join (
        select promotion_hk, max_by(struct(start_date, end_date), struct(applied_dts, load_dts)) as days
        from " ~ ref('sat_promotion__marketing_terms') ~ " group by promotion_hk
    ) as terms
        on targets.promotion_hk = terms.promotion_hk
            and " ~ business_day('dates.as_of_date', 'marketing') ~ " between terms.days.start_date and terms.days.end_date
    inner join (
        select promotion_hk, " ~ coupon_set ~ "
        from (select distinct promotion_hk, coupon_hk from " ~ ref('link_product_promotion') ~ ") as pairs
        group by promotion_hk
    ) as covered on targets.promotion_hk = covered.promotion_hk",
    rebuilt="select bridge.as_of_date, bridge.customer_hk, targets.promotion_hk, " ~ coupon_set ~ "
    from " ~ ref('bridge_customer_promotion_coupon') ~ " as bridge
    inner join " ~ ref('link_customer_promotion') ~ " as targets
        on bridge.customer_promotion_hk = targets.customer_promotion_hk and bridge.customer_hk = targets.customer_hk
    inner join " ~ ref('link_coupon_promotion') ~ " as coupons
        on bridge.coupon_promotion_hk = coupons.coupon_promotion_hk and targets.promotion_hk = coupons.promotion_hk
    group by bridge.as_of_date, bridge.customer_hk, targets.promotion_hk",
) }}
