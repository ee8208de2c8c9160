{#- What is foretold: a coupon of the promotion is redeemed within so many days, from the day of the targeting on. -#}
{%- set days = 56 %}

with

features as (

    select * from {{ ref('ftr_customer_promotion_response') }}

),

redemptions as (

    select * from {{ ref('nh_link_coupon_redemption') }}

),

-- A single redemption that is dated in the future does not end any days.
landed as (

    select least(max(redeemed_on), {{ business_day('max(load_dts)', 'marketing') }}) as newest_on from redemptions

),

days as (

    select
        features.*,
        {{ business_day('features.cut_off_at', 'marketing') }} as first_day,
        {{ business_day('features.cut_off_at', 'marketing') }} + {{ days }} as next_day
    from features

),

labels as (

    select
        days.customer_promotion_hk,
        days.cut_off_at,
        {{ business_day_start('days.first_day', 'marketing') }} as label_from,
        {{ business_day_start('days.next_day', 'marketing') }} as label_to,
        count(redemptions.coupon_redemption_hk) > 0 as has_redeemed
    from days
    inner join landed on days.next_day <= landed.newest_on
    left join redemptions
        on days.customer_hk = redemptions.customer_hk
            and days.promotion_hk = redemptions.promotion_hk
            and days.first_day <= redemptions.redeemed_on
            and days.next_day > redemptions.redeemed_on
    group by days.customer_promotion_hk, days.cut_off_at, days.first_day, days.next_day

),

landings as (

    {{ first_landings('labels', 'redemptions') }}

),

final as (

    select
        labels.customer_promotion_hk,
        labels.cut_off_at,
        labels.label_from,
        labels.label_to,
        landings.known_at,
        labels.has_redeemed
    from labels
    inner join landings on labels.label_to = landings.label_to

)

select * from final
