with

customers as (

    select * from {{ ref('hub_customer') }}

),

cut_offs as (

    select * from {{ ref('as_of_cut_off') }}

),

sale_lines as (

    select * from {{ ref('nh_link_sale_line') }}

),

web_events as (

    select * from {{ ref('nh_link_web_event') }}

),

spine as (

    select
        customers.customer_hk,
        cut_offs.cut_off_at
    from customers
    inner join cut_offs on date_trunc('second', customers.load_dts) <= cut_offs.cut_off_at
    where customers.customer_bk <> '-1'

),

-- A basket is counted with the first of its lines that landed.
sales as (

    select
        *,
        {{ is_first_landed('basket_bk', 'sold_at', 'sale_line_hk') }} as is_new_basket
    from sale_lines

),

sale_features as (

    {{ features_as_of(
        spine='spine',
        key='customer_hk',
        events='sales',
        applied='sold_at',
        features={
            'basket_count_28d': {'as': 'count', 'where': 'is_new_basket', 'days': 28},
            'basket_count_84d': {'as': 'count', 'where': 'is_new_basket', 'days': 84},
            'basket_count': {'as': 'count', 'where': 'is_new_basket'},
            'sales_amount_28d': {'as': 'sum', 'of': 'sales_amount', 'days': 28},
            'sales_amount_84d': {'as': 'sum', 'of': 'sales_amount', 'days': 84},
            'retail_discount_amount_84d': {'as': 'sum', 'of': 'retail_discount_amount', 'days': 84},
            'coupon_line_count_84d': {'as': 'count', 'where': 'coupon_discount_amount > 0', 'days': 84},
            'days_since_first_basket': {'as': 'days_since_first'},
            'days_since_last_basket': {'as': 'days_since_last'},
            'last_store_hk': {'as': 'last', 'of': 'store_hk'},
        }
    ) }}

),

web_features as (

    {{ features_as_of(
        spine='spine',
        key='customer_hk',
        events='web_events',
        applied='occurred_at',
        features={
            'viewed_product_count_28d': {'as': 'count', 'where': "event_type = 'product_viewed'", 'days': 28},
            'days_since_last_web_event': {'as': 'days_since_last'},
        }
    ) }}

),

final as (

    select
        customers.customer_hk,
        customers.customer_bk,
        sale_features.cut_off_at,
        cast(sale_features.basket_count_28d as int) as basket_count_28d,
        cast(sale_features.basket_count_84d as int) as basket_count_84d,
        cast(sale_features.basket_count as int) as basket_count,
        cast(sale_features.sales_amount_28d as decimal(18, 2)) as sales_amount_28d,
        cast(sale_features.sales_amount_84d as decimal(18, 2)) as sales_amount_84d,
        cast(
            sale_features.retail_discount_amount_84d
            / nullif(sale_features.sales_amount_84d + sale_features.retail_discount_amount_84d, 0) as double
        ) as retail_discount_rate_84d,
        cast(sale_features.coupon_line_count_84d as int) as coupon_line_count_84d,
        sale_features.days_since_first_basket,
        sale_features.days_since_last_basket,
        sale_features.last_store_hk,
        cast(web_features.viewed_product_count_28d as int) as viewed_product_count_28d,
        web_features.days_since_last_web_event
    from sale_features
    inner join customers on sale_features.customer_hk = customers.customer_hk
    inner join web_features
        on sale_features.customer_hk = web_features.customer_hk
            and sale_features.cut_off_at = web_features.cut_off_at

)

select * from final
