with

sale_lines as (

    select * from {{ ref('nh_link_sale_line') }}

),

customers as (

    select * from {{ ref('dim_customer') }}

),

products as (

    select * from {{ ref('dim_product') }}

),

final as (

    select
        sale_lines.sale_line_hk,
        coalesce(customers.customer_sk, {{ unknown_key() }}) as customer_sk,
        coalesce(products.product_sk, {{ unknown_key() }}) as product_sk,
        sale_lines.store_hk,
        {{ date_key(business_day('sale_lines.sold_at', 'pos')) }} as date_key,
        sale_lines.basket_bk,
        sale_lines.sold_at,
        sale_lines.quantity,
        {{ unit_quantity('sale_lines.quantity', 'products.product_type') }} as unit_quantity,
        sale_lines.sales_amount,
        cast(sale_lines.sales_amount - sale_lines.coupon_discount_amount as decimal(12, 2)) as customer_paid_amount,
        sale_lines.retail_discount_amount,
        sale_lines.coupon_discount_amount,
        sale_lines.coupon_match_discount_amount
    from sale_lines
    {{ join_version('customers', 'customer_hk', 'sale_lines', 'sale_lines.sold_at') }}
    {{ join_version('products', 'product_hk', 'sale_lines', 'sale_lines.sold_at') }}

)

select * from final
