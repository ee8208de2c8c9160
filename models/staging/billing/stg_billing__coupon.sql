with

source as (

    select * from {{ source('billing', 'event') }}

),

events as (

    {{ billing_objects(
        'source',
        types='^coupon[.]',
        fields='percent_off string, amount_off bigint, currency string, duration string, duration_in_months bigint'
    ) }}

),

discount_events as (

    {{ billing_objects(
        'source',
        types='discount[.]',
        fields='coupon struct<id string, percent_off string, amount_off bigint, currency string, duration string, duration_in_months bigint>'
    ) }}

),

-- The older version of the API has the coupon in the discount; the recent one names it.
coupons as (

    select
        thing as coupon,
        load_id,
        load_dts
    from events

    union all

    select
        thing.coupon,
        load_id,
        load_dts
    from discount_events
    where thing.coupon.id is not null

),

final as (

    select
        coupon.id as billing_coupon_bk,
        {{ exact_decimal('coupon.percent_off', 7, 4) }} as percent_off,
        coupon.amount_off as amount_off_minor,
        upper(coupon.currency) as currency,
        coupon.duration,
        coupon.duration_in_months,
        load_id,
        load_dts,
        'billing.event' as record_source
    from coupons

)

select * from final
