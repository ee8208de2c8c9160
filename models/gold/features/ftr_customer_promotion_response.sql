with

customers as (

    select * from {{ ref('hub_customer') }}

),

cut_offs as (

    select * from {{ ref('as_of_cut_off') }}

),

targets as (

    select * from {{ ref('link_customer_promotion') }}

),

sale_lines as (

    select * from {{ ref('nh_link_sale_line') }}

),

redemptions as (

    select * from {{ ref('nh_link_coupon_redemption') }}

),

-- What will be known at a targeting to come, nobody knows yet.
past_targets as (

    select targets.*
    from targets
    inner join customers on targets.customer_hk = customers.customer_hk and customers.customer_bk <> '-1'
    where targets.targeted_at <= (select max(cut_offs.cut_off_at) from cut_offs)

),

-- The cut-off is when a customer was targeted: of two promotions at one moment the same is known.
spine as (

    select distinct
        customer_hk,
        targeted_at as cut_off_at
    from past_targets

),

-- A basket is counted with the first of its lines that landed.
sales as (

    select
        *,
        {{ is_first_landed('basket_bk', 'sold_at', 'sale_line_hk') }} as is_new_basket
    from sale_lines

),

-- A redemption has a day, which is known when it is over.
redeemed as (

    select
        *,
        {{ business_day_start('date_add(redeemed_on, 1)', 'marketing') }} as redeemed_by
    from redemptions

),

sale_features as (

    {{ features_as_of(
        spine='spine',
        key='customer_hk',
        events='sales',
        applied='sold_at',
        features={
            'basket_count_84d': {'as': 'count', 'where': 'is_new_basket', 'days': 84},
            'sales_amount_84d': {'as': 'sum', 'of': 'sales_amount', 'days': 84},
            'coupon_line_count': {'as': 'count', 'where': 'coupon_discount_amount > 0'},
            'days_since_last_basket': {'as': 'days_since_last'},
        }
    ) }}

),

redemption_features as (

    {{ features_as_of(
        spine='spine',
        key='customer_hk',
        events='redeemed',
        applied='redeemed_by',
        features={'redemption_count': {'as': 'count'}}
    ) }}

),

final as (

    select
        past_targets.customer_promotion_hk,
        past_targets.customer_hk,
        past_targets.promotion_hk,
        past_targets.targeted_at as cut_off_at,
        cast(sale_features.basket_count_84d as int) as basket_count_84d,
        cast(sale_features.sales_amount_84d as decimal(18, 2)) as sales_amount_84d,
        cast(sale_features.coupon_line_count as int) as coupon_line_count,
        sale_features.days_since_last_basket,
        cast(redemption_features.redemption_count as int) as redemption_count
    from past_targets
    inner join sale_features
        on past_targets.customer_hk = sale_features.customer_hk
            and past_targets.targeted_at = sale_features.cut_off_at
    inner join redemption_features
        on past_targets.customer_hk = redemption_features.customer_hk
            and past_targets.targeted_at = redemption_features.cut_off_at

)

select * from final
