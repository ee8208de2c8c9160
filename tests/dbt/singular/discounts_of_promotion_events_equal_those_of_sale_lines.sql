with

events as (

    select
        sum(retail_discount_amount) as retail_discount_amount,
        sum(coupon_discount_amount) as coupon_discount_amount,
        sum(coupon_match_discount_amount) as coupon_match_discount_amount
    from {{ ref('fct_promotion_events') }}

),

sale_lines as (

    select
        sum(retail_discount_amount) as retail_discount_amount,
        sum(coupon_discount_amount) as coupon_discount_amount,
        sum(coupon_match_discount_amount) as coupon_match_discount_amount
    from {{ ref('fct_sale_lines') }}

)

select
    events.*,
    sale_lines.*
from events
cross join sale_lines
where events.retail_discount_amount is distinct from sale_lines.retail_discount_amount
    or events.coupon_discount_amount is distinct from sale_lines.coupon_discount_amount
    or events.coupon_match_discount_amount is distinct from sale_lines.coupon_match_discount_amount
