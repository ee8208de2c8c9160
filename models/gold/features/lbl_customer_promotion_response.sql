{#- What is foretold: a coupon of the promotion is redeemed within so many days, from the day of the targeting on. -#}
{%- set days = 56 %}

with

features as (

    select * from {{ ref('ftr_customer_promotion_response') }}

),

redemptions as (

    select * from {{ ref('nh_link_coupon_redemption') }}

),

landed as (

    select max(redeemed_on) as newest_at from redemptions

),

final as (

    select
        features.customer_promotion_hk,
        features.cut_off_at,
        features.cut_off_at as label_from,
        features.cut_off_at + interval {{ days }} days as label_to,
        count(redemptions.coupon_redemption_hk) > 0 as has_redeemed
    from features
    inner join landed on {{ business_day('features.cut_off_at', 'marketing') }} + {{ days }} <= landed.newest_at
    left join redemptions
        on features.customer_hk = redemptions.customer_hk
            and features.promotion_hk = redemptions.promotion_hk
            and redemptions.redeemed_on >= {{ business_day('features.cut_off_at', 'marketing') }}
            and redemptions.redeemed_on < {{ business_day('features.cut_off_at', 'marketing') }} + {{ days }}
    group by features.customer_promotion_hk, features.cut_off_at

)

select * from final
