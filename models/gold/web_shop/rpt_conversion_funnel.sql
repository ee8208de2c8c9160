with

events as (

    select * from {{ ref('fct_web_events') }}

),

products as (

    select * from {{ ref('dim_product') }}

),

promotions as (

    select * from {{ ref('dim_promotion') }}

),

-- Steps are in the order of their own times, however late their messages came.
steps as (

    select
        events.*,
        products.product_hk,
        products.department,
        min(if(events.event_type = 'product_viewed', events.occurred_at, null)) over (
            partition by events.web_session_bk, products.product_hk
        ) as viewed_at
    from events
    inner join products on events.product_sk = products.product_sk

),

-- What a visit did with a product that it viewed.
interests as (

    select
        web_session_bk,
        product_hk,
        min_by(date_key, struct(occurred_at, web_event_hk)) as date_key,
        min_by(promotion_sk, struct(occurred_at, web_event_hk)) as promotion_sk,
        min_by(department, struct(occurred_at, web_event_hk)) as department,
        min(occurred_at) filter (where event_type = 'cart_added') as carted_at,
        max(occurred_at) filter (where event_type = 'checkout_completed') as ordered_at
    from steps
    where occurred_at >= viewed_at
    group by web_session_bk, product_hk

),

counts as (

    select
        interests.date_key,
        promotions.promotion_hk,
        coalesce(interests.department, 'unknown') as department,
        count(distinct interests.web_session_bk) as visit_count,
        count(*) as viewed_count,
        count(interests.carted_at) as carted_count,
        count_if(interests.ordered_at >= interests.carted_at) as ordered_count
    from interests
    inner join promotions on interests.promotion_sk = promotions.promotion_sk
    group by interests.date_key, promotions.promotion_hk, coalesce(interests.department, 'unknown')

),

final as (

    select
        counts.date_key,
        promotions.promotion_sk,
        counts.department,
        promotions.promotion_bk,
        counts.visit_count,
        counts.viewed_count,
        counts.carted_count,
        counts.ordered_count,
        counts.carted_count / counts.viewed_count as carted_rate,
        counts.ordered_count / counts.viewed_count as ordered_rate
    from counts
    inner join promotions on counts.promotion_hk = promotions.promotion_hk and promotions.is_current

)

select * from final
