-- Bronze is text as received; its sums are the source's own.
{{ config(group='promotions') }}

with

gold as (

    select
        sum(sales_amount) as sales_amount,
        sum(retail_discount_amount) as retail_discount_amount,
        sum(coupon_discount_amount) as coupon_discount_amount,
        sum(coupon_match_discount_amount) as coupon_match_discount_amount
    from {{ ref('fct_sale_lines') }}

),

bronze as (

    select
        sum(cast(sales_value as decimal(12, 2))) as sales_amount,
        sum(cast(retail_disc as decimal(12, 2))) as retail_discount_amount,
        sum(cast(coupon_disc as decimal(12, 2))) as coupon_discount_amount,
        sum(cast(coupon_match_disc as decimal(12, 2))) as coupon_match_discount_amount
    from {{ source('pos', 'sale_line') }}

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
