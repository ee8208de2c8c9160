with

sale_lines as (

    select * from {{ ref('fct_sale_lines') }}

),

events as (

    select * from {{ ref('fct_promotion_events') }}

),

customers as (

    select * from {{ ref('dim_customer') }}

),

promotion_versions as (

    select * from {{ ref('dim_promotion') }}

),

all_customers as (

    select * from {{ ref('hub_customer') }}

),

targets as (

    select * from {{ ref('link_customer_promotion') }}

),

promotions as (

    select * from promotion_versions
    where is_current and has_terms

),

spend as (

    select
        customers.customer_hk,
        to_date(sale_lines.sold_at) as sold_on,
        sum(sale_lines.sales_amount) as sales_amount
    from sale_lines
    inner join customers on sale_lines.customer_sk = customers.customer_sk
    group by all

),

data_days as (

    select
        min(sold_on) as first_day,
        max(sold_on) as last_day
    from spend

),

-- The baseline is the time before the promotion; both windows end where the data ends.
windows as (

    select
        promotions.promotion_hk,
        greatest(promotions.start_date, data_days.first_day) as during_from,
        least(promotions.end_date, data_days.last_day) as during_to,
        greatest(
            date_sub(promotions.start_date, {{ var('promotion_baseline_days') }}), data_days.first_day
        ) as before_from,
        least(date_sub(promotions.start_date, 1), data_days.last_day) as before_to,
        coalesce(promotions.start_date > data_days.last_day, true) as has_not_begun
    from promotions
    cross join data_days

),

spans as (

    select
        *,
        greatest(datediff(during_to, during_from) + 1, 0) / 7 as during_weeks,
        greatest(datediff(before_to, before_from) + 1, 0) / 7 as before_weeks
    from windows

),

targeted_counts as (

    select
        promotion_hk,
        count(*) as targeted_customer_count
    from targets
    group by promotion_hk

),

control_customers as (

    select all_customers.customer_hk
    from all_customers
    left anti join targets on all_customers.customer_hk = targets.customer_hk

),

control_count as (

    select count(*) as control_customer_count
    from control_customers

),

control_spend as (

    select
        spend.sold_on,
        sum(spend.sales_amount) as sales_amount
    from spend
    left semi join control_customers on spend.customer_hk = control_customers.customer_hk
    group by spend.sold_on

),

targeted_sales as (

    select
        spans.promotion_hk,
        sum(if(spend.sold_on >= spans.during_from, spend.sales_amount, 0)) as during_amount,
        sum(if(spend.sold_on <= spans.before_to, spend.sales_amount, 0)) as before_amount
    from spans
    inner join targets on spans.promotion_hk = targets.promotion_hk
    inner join spend
        on targets.customer_hk = spend.customer_hk
            and spend.sold_on between spans.before_from and spans.during_to
    group by spans.promotion_hk

),

control_sales as (

    select
        spans.promotion_hk,
        sum(if(control_spend.sold_on >= spans.during_from, control_spend.sales_amount, 0)) as during_amount,
        sum(if(control_spend.sold_on <= spans.before_to, control_spend.sales_amount, 0)) as before_amount
    from spans
    inner join control_spend on control_spend.sold_on between spans.before_from and spans.during_to
    group by spans.promotion_hk

),

overlaps as (

    select
        promotions.promotion_hk,
        count(distinct other_promotions.promotion_hk) as overlapping_promotion_count
    from promotions
    inner join targets on promotions.promotion_hk = targets.promotion_hk
    inner join targets as other_targets
        on targets.customer_hk = other_targets.customer_hk
            and targets.promotion_hk <> other_targets.promotion_hk
    inner join promotions as other_promotions
        on other_targets.promotion_hk = other_promotions.promotion_hk
            and promotions.end_date >= other_promotions.start_date
            and promotions.start_date <= other_promotions.end_date
    group by promotions.promotion_hk

),

responses as (

    select
        promotion_versions.promotion_hk,
        count(distinct if(events.event_type = 'purchase', customers.customer_hk, null)) as responding_customer_count,
        count(distinct if(events.event_type = 'redemption', customers.customer_hk, null)) as redeeming_customer_count,
        sum(events.sales_amount) as attributed_sales_amount,
        sum(events.coupon_discount_amount + events.coupon_match_discount_amount) as discount_cost_amount
    from events
    inner join promotion_versions on events.promotion_sk = promotion_versions.promotion_sk
    inner join customers on events.customer_sk = customers.customer_sk
    group by promotion_versions.promotion_hk

),

measured as (

    select
        promotions.promotion_sk,
        promotions.promotion_bk,
        promotions.campaign_type,
        promotions.start_date,
        promotions.end_date,
        coalesce(targeted_counts.targeted_customer_count, 0) as targeted_customer_count,
        coalesce(responses.responding_customer_count, 0) as responding_customer_count,
        coalesce(responses.redeeming_customer_count, 0) as redeeming_customer_count,
        coalesce(responses.attributed_sales_amount, 0) as attributed_sales_amount,
        coalesce(responses.discount_cost_amount, 0) as discount_cost_amount,
        control_count.control_customer_count,
        spans.has_not_begun,
        spans.before_weeks as baseline_weeks,
        coalesce(overlaps.overlapping_promotion_count, 0) as overlapping_promotion_count,
        {{ weekly_rate('targeted_sales.during_amount', 'targeted_customer_count', 'during_weeks') }} as targeted_during,
        {{ weekly_rate('targeted_sales.before_amount', 'targeted_customer_count', 'before_weeks') }} as targeted_before,
        {{ weekly_rate('control_sales.during_amount', 'control_customer_count', 'during_weeks') }} as control_during,
        {{ weekly_rate('control_sales.before_amount', 'control_customer_count', 'before_weeks') }} as control_before
    from promotions
    cross join control_count
    inner join spans on promotions.promotion_hk = spans.promotion_hk
    left join targeted_counts on promotions.promotion_hk = targeted_counts.promotion_hk
    left join responses on promotions.promotion_hk = responses.promotion_hk
    left join targeted_sales on promotions.promotion_hk = targeted_sales.promotion_hk
    left join control_sales on promotions.promotion_hk = control_sales.promotion_hk
    left join overlaps on promotions.promotion_hk = overlaps.promotion_hk

),

final as (

    select
        promotion_sk,
        promotion_bk,
        campaign_type,
        start_date,
        end_date,
        targeted_customer_count,
        responding_customer_count,
        try_divide(cast(responding_customer_count as double), targeted_customer_count) as response_rate,
        redeeming_customer_count,
        cast(attributed_sales_amount as decimal(14, 2)) as attributed_sales_amount,
        cast(discount_cost_amount as decimal(14, 2)) as discount_cost_amount,
        control_customer_count,
        cast(baseline_weeks as decimal(5, 1)) as baseline_weeks,
        overlapping_promotion_count,
        overlapping_promotion_count > 0 as is_overlapping,
        if(
            baseline_weeks >= {{ var('promotion_min_baseline_weeks') }} and not has_not_begun,
            cast((targeted_during - targeted_before) - (control_during - control_before) as decimal(14, 2)),
            null
        ) as uplift_amount_per_customer_week,
        case
            when has_not_begun then 'no sales are known since it began'
            when baseline_weeks < {{ var('promotion_min_baseline_weeks') }}
                then 'fewer than {{ var('promotion_min_baseline_weeks') }} baseline weeks'
            when targeted_customer_count = 0 then 'no customer was targeted'
            when control_customer_count = 0 then 'no customer is left as control'
        end as uplift_missing_reason
    from measured

)

select * from final
