-- Bronze is text as received; its sums are the source's own. A line that came again unchanged counts once, and one that
-- came again with other values is a reject.
{{ config(group='promotions') }}

with

known as (

    select
        sales_amount,
        retail_discount_amount,
        coupon_discount_amount,
        coupon_match_discount_amount
    from {{ ref('fct_sale_lines') }}

    union all

    select
        sales_amount,
        retail_discount_amount,
        coupon_discount_amount,
        coupon_match_discount_amount
    from {{ ref('rej_sale_line') }}

),

gold as (

    select
        sum(sales_amount) as sales_amount,
        sum(retail_discount_amount) as retail_discount_amount,
        sum(coupon_discount_amount) as coupon_discount_amount,
        sum(coupon_match_discount_amount) as coupon_match_discount_amount
    from known

),

received as (

    select distinct
        household_id,
        store_id,
        basket_id,
        product_id,
        quantity,
        sales_value,
        retail_disc,
        coupon_disc,
        coupon_match_disc,
        week,
        transaction_timestamp
    from {{ source('pos', 'sale_line') }}

),

bronze as (

    select
        sum(cast(sales_value as decimal(12, 2))) as sales_amount,
        sum(cast(retail_disc as decimal(12, 2))) as retail_discount_amount,
        sum(cast(coupon_disc as decimal(12, 2))) as coupon_discount_amount,
        sum(cast(coupon_match_disc as decimal(12, 2))) as coupon_match_discount_amount
    from received

)

select
    gold.*,
    bronze.*
from gold
cross join bronze
where gold.sales_amount is distinct from bronze.sales_amount
    or gold.retail_discount_amount is distinct from bronze.retail_discount_amount
    or gold.coupon_discount_amount is distinct from bronze.coupon_discount_amount
    or gold.coupon_match_discount_amount is distinct from bronze.coupon_match_discount_amount
