-- A line that is sent again, unchanged, is no news; one with other values is a reject.
{{ config(group='vault') }}
{{ rebuild_differs(
    staged="select
        " ~ given_key('customer_bk') ~ ", " ~ given_key('product_bk') ~ ",
        " ~ given_key('store_bk') ~ ", " ~ given_key('basket_bk') ~ ",
        quantity, sales_amount, retail_discount_amount,
        coupon_discount_amount, coupon_match_discount_amount, sale_week, sold_at,
        min(load_dts) as load_dts
    from " ~ ref('stg_pos__sale_line') ~ " group by all",
    rebuilt="select
        customer_bk, product_bk, store_bk, basket_bk,
        quantity, sales_amount, retail_discount_amount,
        coupon_discount_amount, coupon_match_discount_amount, sale_week, sold_at,
        line.load_dts
    from (
        select * from " ~ ref('nh_link_sale_line') ~ "
        union all
        select * except (reason) from " ~ ref('rej_sale_line') ~ "
    ) as line
    inner join " ~ ref('hub_customer') ~ " as customer on line.customer_hk = customer.customer_hk
    inner join " ~ ref('hub_product') ~ " as product on line.product_hk = product.product_hk
    inner join " ~ ref('hub_store') ~ " as store on line.store_hk = store.store_hk",
) }}
