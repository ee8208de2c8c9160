-- A line that is sent again, unchanged, is no news; one with other values is a reject.
{{ config(group='vault') }}
{{ rebuild_differs(
    staged="select
        " ~ given_key('return_bk') ~ ", " ~ given_key('basket_bk') ~ ",
        " ~ given_key('product_bk') ~ ", " ~ given_key('customer_bk') ~ ",
        " ~ given_key('store_bk') ~ ",
        quantity, refund_amount, return_reason, returned_at,
        min(load_dts) as load_dts
    from " ~ ref('stg_pos__return_line') ~ " group by all",
    rebuilt="select
        return_bk, basket_bk, product_bk, customer_bk, store_bk,
        quantity, refund_amount, return_reason, returned_at,
        line.load_dts
    from (
        select * from " ~ ref('nh_link_return_line') ~ "
        union all
        select * except (reason) from " ~ ref('rej_return_line') ~ "
    ) as line
    inner join " ~ ref('hub_customer') ~ " as customer on line.customer_hk = customer.customer_hk
    inner join " ~ ref('hub_product') ~ " as product on line.product_hk = product.product_hk
    inner join " ~ ref('hub_store') ~ " as store on line.store_hk = store.store_hk",
) }}
