with

sale_lines as (

    select * from {{ ref('fct_sale_lines') }}

),

returns as (

    select * from {{ ref('nh_link_return_line') }}

),

redemptions as (

    select * from {{ ref('nh_link_coupon_redemption') }}

),

sale_line_promotions as (

    select * from {{ ref('bv_sale_line__promotion') }}

),

customers as (

    select * from {{ ref('dim_customer') }}

),

products as (

    select * from {{ ref('dim_product') }}

),

promotions as (

    select * from {{ ref('dim_promotion') }}

),

purchase_events as (

    select
        'purchase' as event_type,
        sale_lines.sale_line_hk as source_hk,
        sale_line_promotions.promotion_hk,
        sale_line_promotions.promotion_count,
        sale_lines.customer_sk,
        sale_lines.product_sk,
        sale_lines.store_hk,
        sale_lines.date_key,
        sale_lines.sold_at as occurred_at,
        cast(null as string) as return_reason,
        sale_lines.sales_amount,
        0 as refund_amount,
        0 as retail_discount_amount,
        0 as coupon_discount_amount,
        0 as coupon_match_discount_amount
    from sale_lines
    inner join sale_line_promotions on sale_lines.sale_line_hk = sale_line_promotions.sale_line_hk

),

discount_events as (

    select
        'discount' as event_type,
        sale_lines.sale_line_hk as source_hk,
        sale_line_promotions.promotion_hk,
        sale_line_promotions.promotion_count,
        sale_lines.customer_sk,
        sale_lines.product_sk,
        sale_lines.store_hk,
        sale_lines.date_key,
        sale_lines.sold_at as occurred_at,
        cast(null as string) as return_reason,
        0 as sales_amount,
        0 as refund_amount,
        sale_lines.retail_discount_amount,
        sale_lines.coupon_discount_amount,
        sale_lines.coupon_match_discount_amount
    from sale_lines
    left join sale_line_promotions on sale_lines.sale_line_hk = sale_line_promotions.sale_line_hk
    where sale_lines.retail_discount_amount + sale_lines.coupon_discount_amount
        + sale_lines.coupon_match_discount_amount > 0

),

return_events as (

    select
        'return' as event_type,
        returns.return_line_hk as source_hk,
        sale_line_promotions.promotion_hk,
        sale_line_promotions.promotion_count,
        customers.customer_sk,
        products.product_sk,
        returns.store_hk,
        {{ date_key(business_day('returns.returned_at', 'pos')) }} as date_key,
        returns.returned_at as occurred_at,
        returns.return_reason,
        0 as sales_amount,
        returns.refund_amount,
        0 as retail_discount_amount,
        0 as coupon_discount_amount,
        0 as coupon_match_discount_amount
    from returns
    left join sale_line_promotions on returns.sale_line_hk = sale_line_promotions.sale_line_hk
    {{ join_version('customers', 'customer_hk', 'returns', 'returns.returned_at') }}
    {{ join_version('products', 'product_hk', 'returns', 'returns.returned_at') }}

),

-- The source gives a redemption's day, and neither product nor store. The event stands at the beginning of the day.
redemption_times as (

    select
        *,
        {{ business_day_start('redeemed_on', 'marketing') }} as redeemed_at
    from redemptions

),

redemption_events as (

    select
        'redemption' as event_type,
        redemption_times.coupon_redemption_hk as source_hk,
        redemption_times.promotion_hk,
        1 as promotion_count,
        customers.customer_sk,
        cast(null as string) as product_sk,
        cast(null as string) as store_hk,
        {{ date_key('redemption_times.redeemed_on') }} as date_key,
        redemption_times.redeemed_at as occurred_at,
        cast(null as string) as return_reason,
        0 as sales_amount,
        0 as refund_amount,
        0 as retail_discount_amount,
        0 as coupon_discount_amount,
        0 as coupon_match_discount_amount
    from redemption_times
    {{ join_version('customers', 'customer_hk', 'redemption_times', 'redemption_times.redeemed_at') }}

),

events as (

    select * from purchase_events
    union all
    select * from discount_events
    union all
    select * from return_events
    union all
    select * from redemption_events

),

final as (

    select
        upper(md5(concat_ws('||', events.event_type, events.source_hk))) as promotion_event_hk,
        events.event_type,
        coalesce(promotions.promotion_sk, {{ unknown_key() }}) as promotion_sk,
        coalesce(events.customer_sk, {{ unknown_key() }}) as customer_sk,
        coalesce(events.product_sk, {{ unknown_key() }}) as product_sk,
        coalesce(events.store_hk, {{ unknown_key() }}) as store_hk,
        events.date_key,
        events.occurred_at,
        events.return_reason,
        coalesce(events.promotion_count, 0) > 1 as has_overlapping_promotions,
        cast(events.sales_amount as decimal(12, 2)) as sales_amount,
        cast(events.refund_amount as decimal(12, 2)) as refund_amount,
        cast(events.retail_discount_amount as decimal(12, 2)) as retail_discount_amount,
        cast(events.coupon_discount_amount as decimal(12, 2)) as coupon_discount_amount,
        cast(events.coupon_match_discount_amount as decimal(12, 2)) as coupon_match_discount_amount
    from events
    {{ join_version('promotions', 'promotion_hk', 'events', 'events.occurred_at') }}

)

select * from final
