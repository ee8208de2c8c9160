-- Bronze is text as received: its sums are the source's own, with every digit. An amount that does not fit its type is
-- null and listed in rescued_data. A line that came again unchanged counts once; one with other values is a reject.
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
        transaction_timestamp,
        rescued_data
    from {{ source('pos', 'sale_line') }}

),

bronze as (

    select
        sum(try_cast(sales_value as decimal(38, 18))) filter (
            where get_json_object(rescued_data, '$.sales_value') is null
        ) as sales_amount,
        sum(try_cast(retail_disc as decimal(38, 18))) filter (
            where get_json_object(rescued_data, '$.retail_disc') is null
        ) as retail_discount_amount,
        sum(try_cast(coupon_disc as decimal(38, 18))) filter (
            where get_json_object(rescued_data, '$.coupon_disc') is null
        ) as coupon_discount_amount,
        sum(try_cast(coupon_match_disc as decimal(38, 18))) filter (
            where get_json_object(rescued_data, '$.coupon_match_disc') is null
        ) as coupon_match_discount_amount
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
