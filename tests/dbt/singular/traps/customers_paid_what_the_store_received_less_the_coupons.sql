with

gold as (

    select sum(customer_paid_amount) as customer_paid_amount
    from {{ ref('fct_sale_lines') }}

),

vault as (

    select sum(sales_amount) - sum(coupon_discount_amount) as customer_paid_amount
    from {{ ref('nh_link_sale_line') }}

)

select
    gold.customer_paid_amount,
    vault.customer_paid_amount as received_less_coupons
from gold
cross join vault
where gold.customer_paid_amount is distinct from vault.customer_paid_amount
