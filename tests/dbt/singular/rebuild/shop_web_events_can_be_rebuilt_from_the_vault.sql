-- A message that was sent twice is no news; one with other values is a reject.
{{ config(group='vault') }}
{{ rebuild_differs(
    staged="select
        " ~ given_key('web_event_bk') ~ ", " ~ given_key('customer_bk') ~ ",
        " ~ given_key('product_bk') ~ ", " ~ given_key('promotion_bk') ~ ",
        event_type, web_session_bk, coupon_bk, basket_bk, occurred_at,
        min(load_dts) as load_dts
    from " ~ ref('stg_shop__web_event') ~ " group by all",
    rebuilt="select
        web_event_bk, customer_bk, product_bk, promotion_bk,
        event_type, web_session_bk, coupon_bk, basket_bk, occurred_at,
        event.load_dts
    from (
        select * from " ~ ref('nh_link_web_event') ~ "
        union all
        select * except (reason) from " ~ ref('rej_web_event') ~ "
    ) as event
    inner join " ~ ref('hub_customer') ~ " as customer on event.customer_hk = customer.customer_hk
    inner join " ~ ref('hub_product') ~ " as product on event.product_hk = product.product_hk
    inner join " ~ ref('hub_promotion') ~ " as promotion on event.promotion_hk = promotion.promotion_hk",
) }}
