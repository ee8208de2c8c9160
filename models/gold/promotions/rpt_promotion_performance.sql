{%- set margin = var('promotion_margin_rate') -%}

with

sale_lines as (

    select * from {{ ref('nh_link_sale_line') }}

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

targets as (

    select * from {{ ref('link_customer_promotion') }}

),

covered_products as (

    select * from {{ ref('link_product_promotion') }}

),

uplifts as (

    select * from {{ ref('rpt_promotion_uplift') }}

),

promotions as (

    select
        promotion_versions.promotion_sk,
        promotion_versions.promotion_hk,
        promotion_versions.promotion_bk,
        promotion_versions.campaign_type,
        promotion_versions.start_date,
        promotion_versions.end_date,
        uplifts.planned_days,
        uplifts.planned_weeks,
        uplifts.observed_days,
        uplifts.observed_weeks,
        uplifts.last_observed_date,
        uplifts.has_baseline,
        uplifts.measured_customer_count,
        uplifts.control_customer_count,
        uplifts.uplift_amount_per_customer_week,
        uplifts.standard_error_amount,
        uplifts.p_value,
        placebos.uplift_amount_per_customer_week as placebo_amount_per_customer_week,
        placebos.p_value as placebo_p_value,
        placebos.trend_amount_per_week as prior_trend_amount_per_week
    from promotion_versions
    inner join uplifts
        on promotion_versions.promotion_sk = uplifts.promotion_sk and uplifts.trial = 'promotion'
    inner join uplifts as placebos
        on promotion_versions.promotion_sk = placebos.promotion_sk and placebos.trial = 'placebo'

),

targeted_counts as (

    select
        promotion_hk,
        count(*) as targeted_customer_count
    from targets
    group by promotion_hk

),

coverage as (

    select distinct
        product_hk,
        promotion_hk
    from covered_products

),

sold as (

    select
        customer_hk,
        product_hk,
        sold_at,
        {{ business_day('sold_at', 'pos') }} as sold_on
    from sale_lines

),

data_start as (

    select min(sold_on) as first_day
    from sold

),

-- Like with like: lines of covered products in the observed days and in as many before, attributed or not.
purchases as (

    select
        promotions.promotion_hk,
        sold.customer_hk,
        max(sold.sold_on >= promotions.start_date and sold.sold_at >= targets.targeted_at) as has_responded,
        max(sold.sold_on < promotions.start_date) as has_bought_before
    from promotions
    inner join targets on promotions.promotion_hk = targets.promotion_hk
    inner join sold
        on targets.customer_hk = sold.customer_hk
            and sold.sold_on between date_sub(promotions.start_date, promotions.observed_days)
            and promotions.last_observed_date
    inner join coverage
        on promotions.promotion_hk = coverage.promotion_hk and sold.product_hk = coverage.product_hk
    group by promotions.promotion_hk, sold.customer_hk

),

responses as (

    select
        promotion_hk,
        count_if(has_responded) as responding_customer_count,
        count_if(has_bought_before) as prior_customer_count
    from purchases
    group by promotion_hk

),

event_sums as (

    select
        promotion_versions.promotion_hk,
        count(distinct if(events.event_type = 'redemption', customers.customer_hk, null)) as redeeming_customer_count,
        sum(events.sales_amount) as attributed_sales_amount,
        sum(events.coupon_discount_amount) as manufacturer_discount_amount,
        sum(events.coupon_match_discount_amount) as store_discount_amount
    from events
    inner join promotion_versions on events.promotion_sk = promotion_versions.promotion_sk
    inner join customers on events.customer_sk = customers.customer_sk
    group by promotion_versions.promotion_hk

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

customer_days as (

    select
        promotions.promotion_hk,
        targets.customer_hk,
        explode(sequence(promotions.start_date, promotions.end_date)) as running_on
    from promotions
    inner join targets on promotions.promotion_hk = targets.promotion_hk
    where promotions.start_date <= promotions.end_date

),

shared_days as (

    select
        promotion_hk,
        count(*) over (partition by customer_hk, running_on) > 1 as is_shared
    from customer_days

),

overlap_rates as (

    select
        promotion_hk,
        cast(count_if(is_shared) as double) / count(*) as overlapping_rate
    from shared_days
    group by promotion_hk

),

measured as (

    select
        promotions.*,
        coalesce(targeted_counts.targeted_customer_count, 0) as targeted_customer_count,
        coalesce(responses.responding_customer_count, 0) as responding_customer_count,
        if(
            date_sub(promotions.start_date, promotions.observed_days) >= data_start.first_day,
            coalesce(responses.prior_customer_count, 0),
            null
        ) as prior_customer_count,
        coalesce(event_sums.redeeming_customer_count, 0) as redeeming_customer_count,
        coalesce(event_sums.attributed_sales_amount, 0) as attributed_sales_amount,
        coalesce(event_sums.manufacturer_discount_amount, 0) as manufacturer_discount_amount,
        coalesce(event_sums.store_discount_amount, 0) as store_discount_amount,
        coalesce(overlaps.overlapping_promotion_count, 0) as overlapping_promotion_count,
        overlap_rates.overlapping_rate
    from promotions
    cross join data_start
    left join targeted_counts on promotions.promotion_hk = targeted_counts.promotion_hk
    left join responses on promotions.promotion_hk = responses.promotion_hk
    left join event_sums on promotions.promotion_hk = event_sums.promotion_hk
    left join overlaps on promotions.promotion_hk = overlaps.promotion_hk
    left join overlap_rates on promotions.promotion_hk = overlap_rates.promotion_hk

),

reasoned as (

    select
        *,
        case
            when targeted_customer_count = 0 then 'no customer was targeted'
            when observed_days = 0 then 'no sales are known since it began'
            when not has_baseline
                then 'fewer than {{ var("promotion_baseline_weeks") }} whole weeks of sales before it'
            when observed_weeks < {{ var('promotion_min_weeks') }}
                then 'fewer than {{ var("promotion_min_weeks") }} whole weeks of sales since it began'
            when measured_customer_count < {{ var('promotion_min_customers') }}
                then 'fewer than {{ var("promotion_min_customers") }} targeted customers to compare'
        end as uplift_missing_reason
    from measured

),

shown as (

    select
        * except (uplift_amount_per_customer_week, standard_error_amount, p_value),
        if(uplift_missing_reason is null, uplift_amount_per_customer_week, null) as uplift,
        if(uplift_missing_reason is null, standard_error_amount, null) as standard_error,
        if(uplift_missing_reason is null, p_value, null) as p_value
    from reasoned

),

-- Holm: the smallest p value is multiplied by the number of promotions, the next by one less; none gets below another.
stepped as (

    select
        *,
        count(p_value) over () + 1 - row_number() over (order by p_value asc nulls last) as step
    from shown

),

corrected as (

    select
        *,
        if(
            p_value is null, null, max(least(p_value * step, 1)) over (order by p_value asc nulls last)
        ) as corrected_p_value,
        uplift - 1.96 * standard_error as uplift_low,
        uplift + 1.96 * standard_error as uplift_high,
        targeted_customer_count * observed_days / 7 * {{ margin }} as margin_weeks,
        store_discount_amount * (1 - {{ margin }}) as match_cost
    from stepped

),

final as (

    select
        promotion_sk,
        promotion_bk,
        campaign_type,
        start_date,
        end_date,
        planned_days,
        planned_weeks,
        observed_days,
        observed_weeks,
        targeted_customer_count,
        responding_customer_count,
        try_divide(cast(responding_customer_count as double), targeted_customer_count) as response_rate,
        prior_customer_count,
        try_divide(cast(prior_customer_count as double), targeted_customer_count) as prior_response_rate,
        redeeming_customer_count,
        cast(attributed_sales_amount as decimal(14, 2)) as attributed_sales_amount,
        cast(manufacturer_discount_amount as decimal(14, 2)) as manufacturer_discount_amount,
        cast(store_discount_amount as decimal(14, 2)) as store_discount_amount,
        overlapping_promotion_count,
        overlapping_rate,
        measured_customer_count,
        control_customer_count,
        cast(uplift as decimal(14, 2)) as uplift_amount_per_customer_week,
        cast(standard_error as decimal(14, 2)) as uplift_standard_error_amount,
        cast(uplift_low as decimal(14, 2)) as uplift_low_amount,
        cast(uplift_high as decimal(14, 2)) as uplift_high_amount,
        p_value,
        cast(corrected_p_value as decimal(5, 4)) as corrected_p_value,
        case
            when corrected_p_value > 0.05 then 'cannot be told from chance'
            when uplift > 0 then 'customers spent more'
            when uplift < 0 then 'customers spent less'
        end as uplift_conclusion,
        uplift_missing_reason,
        cast(placebo_amount_per_customer_week as decimal(14, 2)) as placebo_amount_per_customer_week,
        placebo_p_value,
        cast(prior_trend_amount_per_week as decimal(14, 2)) as prior_trend_amount_per_week,
        cast(uplift * margin_weeks - match_cost as decimal(14, 2)) as margin_gain_amount,
        cast(uplift_low * margin_weeks - match_cost as decimal(14, 2)) as margin_gain_low_amount,
        cast(uplift_high * margin_weeks - match_cost as decimal(14, 2)) as margin_gain_high_amount
    from corrected

)

select * from final
