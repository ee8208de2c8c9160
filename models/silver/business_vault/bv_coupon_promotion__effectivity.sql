with

coupons as (

    select * from {{ ref('link_coupon_promotion') }}

),

promotion_versions as (

    select * from {{ ref('bv_promotion__versions') }}

),

-- The terms as they are known now; the coupon feed has no dates, so a coupon is in force while its promotion runs.
terms as (

    select
        promotion_hk,
        {{ business_day_start('start_date', 'marketing') }} as valid_from,
        {{ business_day_start('date_add(end_date, 1)', 'marketing') }} as valid_to
    from promotion_versions
    where valid_to = {{ end_of_time() }} and start_date <= end_date

),

-- The rows of an effectivity satellite: the first day opens the coupon, the day after the last one closes it.
final as (

    select
        coupons.coupon_promotion_hk,
        coupons.coupon_hk,
        coupons.promotion_hk,
        terms.valid_from,
        {{ end_of_time() }} as valid_to,
        terms.valid_from as applied_dts
    from coupons
    inner join terms on coupons.promotion_hk = terms.promotion_hk

    union all

    select
        coupons.coupon_promotion_hk,
        coupons.coupon_hk,
        coupons.promotion_hk,
        terms.valid_from,
        terms.valid_to,
        terms.valid_to as applied_dts
    from coupons
    inner join terms on coupons.promotion_hk = terms.promotion_hk

)

select * from final
