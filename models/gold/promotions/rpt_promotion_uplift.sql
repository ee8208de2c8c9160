{#-
    The estimator: within fifths of customers by earlier spend, the change of a targeted customer's weekly spend minus that of the
    customers whom this promotion does not target. The same SQL measures the promotion and, as a placebo, the weeks before it.
    docs/decisions/0016-uplift.md says how it was chosen.
-#}
{%- set weeks = var('promotion_baseline_weeks') | int -%}

with

sale_lines as (

    select * from {{ ref('nh_link_sale_line') }}

),

all_customers as (

    select * from {{ ref('hub_customer') }}

),

targets as (

    select * from {{ ref('link_customer_promotion') }}

),

promotion_versions as (

    select * from {{ ref('dim_promotion') }}

),

promotions as (

    select * from promotion_versions
    where is_current and has_terms

),

customers as (

    select customer_hk
    from all_customers
    where customer_hk <> {{ unknown_key() }}

),

spend as (

    select
        customer_hk,
        {{ business_day('sold_at', 'pos') }} as sold_on,
        sum(sales_amount) as sales_amount,
        max(load_dts) as load_dts
    from sale_lines
    group by all

),

-- A day is whole once a delivery has landed on a later one.
data_days as (

    select
        min(sold_on) as first_day,
        least(max(sold_on), date_sub({{ business_day('max(load_dts)', 'pos') }}, 1)) as last_day
    from spend

),

windows as (

    select
        promotion_sk,
        promotion_hk,
        promotion_bk,
        'promotion' as trial,
        start_date as begins_on,
        end_date as ends_on
    from promotions

    union all

    select
        promotion_sk,
        promotion_hk,
        promotion_bk,
        'placebo' as trial,
        date_sub(start_date, 7 * {{ weeks }}) as begins_on,
        date_sub(start_date, 1) as ends_on
    from promotions

),

observed as (

    select
        windows.*,
        date_sub(windows.begins_on, 7 * {{ weeks }}) >= data_days.first_day as has_baseline,
        greatest(datediff(windows.ends_on, windows.begins_on) + 1, 0) as planned_days,
        least(windows.ends_on, data_days.last_day) as observed_until,
        greatest(
            datediff(
                least(windows.ends_on, data_days.last_day), greatest(windows.begins_on, data_days.first_day)
            ) + 1,
            0
        ) as observed_days
    from windows
    cross join data_days

),

trials as (

    select
        *,
        planned_days div 7 as planned_weeks,
        observed_days div 7 as observed_weeks
    from observed

),

measurable as (

    select * from trials
    where has_baseline and observed_weeks > 0

),

participants as (

    select
        measurable.promotion_sk,
        measurable.trial,
        measurable.begins_on,
        measurable.observed_weeks,
        customers.customer_hk,
        targets.customer_hk is not null as is_targeted
    from measurable
    cross join customers
    left join targets
        on measurable.promotion_hk = targets.promotion_hk and customers.customer_hk = targets.customer_hk

),

-- Week 0 is the first of the trial; what was sold before the baseline counts as the week before it.
participant_weeks as (

    select
        participants.promotion_sk,
        participants.trial,
        participants.observed_weeks,
        participants.customer_hk,
        participants.is_targeted,
        greatest(floor(datediff(spend.sold_on, participants.begins_on) / 7), -{{ weeks }} - 1) as week_number,
        coalesce(sum(spend.sales_amount), 0) as sales_amount
    from participants
    left join spend
        on participants.customer_hk = spend.customer_hk
            and spend.sold_on < date_add(participants.begins_on, cast(7 * participants.observed_weeks as int))
    group by all

),

participant_spend as (

    select
        promotion_sk,
        trial,
        observed_weeks,
        customer_hk,
        is_targeted,
        sum(if(week_number < -{{ weeks }}, sales_amount, 0)) as earlier_amount,
        sum(if(week_number between -{{ weeks }} and -1, sales_amount, 0)) as before_amount,
        sum(if(week_number >= 0, sales_amount, 0)) as during_amount,
        map_from_entries(
            collect_list(if(week_number >= -{{ weeks }}, struct(week_number, sales_amount), null))
        ) as amount_by_week
    from participant_weeks
    group by promotion_sk, trial, observed_weeks, customer_hk, is_targeted

),

changes as (

    select
        *,
        ntile(5) over (partition by promotion_sk, trial order by earlier_amount, customer_hk) as stratum,
        cast(during_amount as double) / observed_weeks - cast(before_amount as double) / {{ weeks }} as spend_change
    from participant_spend

),

-- Every participant has a row for every week, whether or not she bought.
change_weeks as (

    select
        promotion_sk,
        trial,
        observed_weeks,
        is_targeted,
        stratum,
        spend_change,
        amount_by_week,
        explode(sequence(-{{ weeks }}L, observed_weeks - 1)) as week_number
    from changes

),

-- A fifth counts if it has a targeted customer and two others to compare with. Only the weekly gap differs by week.
strata as (

    select
        promotion_sk,
        trial,
        observed_weeks,
        week_number,
        count_if(is_targeted) as targeted_count,
        count_if(not is_targeted) as control_count,
        avg(if(is_targeted, spend_change, null)) - avg(if(is_targeted, null, spend_change)) as gap,
        coalesce(var_samp(if(is_targeted, spend_change, null)), 0) as targeted_variance,
        var_samp(if(is_targeted, null, spend_change)) as control_variance,
        avg(if(is_targeted, coalesce(try_element_at(amount_by_week, week_number), 0), null))
        - avg(if(is_targeted, null, coalesce(try_element_at(amount_by_week, week_number), 0))) as week_gap
    from change_weeks
    group by promotion_sk, trial, observed_weeks, week_number, stratum
    having count_if(is_targeted) > 0 and count_if(not is_targeted) > 1

),

weighted as (

    select
        *,
        cast(targeted_count as double)
        / sum(targeted_count) over (partition by promotion_sk, trial, week_number) as weight
    from strata

),

-- The uplift, and its variance over customers: a customer is one cluster, whose weeks are one change.
trial_weeks as (

    select
        promotion_sk,
        trial,
        observed_weeks,
        week_number,
        sum(targeted_count) as targeted_count,
        sum(control_count) as control_count,
        sum(weight * gap) as uplift,
        try_divide(
            greatest(
                sum((targeted_count - 1) * targeted_variance + targeted_count * gap * gap)
                - sum(targeted_count) * pow(sum(weight * gap), 2),
                0
            ),
            (sum(targeted_count) - 1) * sum(targeted_count)
        ) + sum(weight * weight * control_variance / control_count) as customer_variance,
        sum(weight * week_gap) as week_gap
    from weighted
    group by promotion_sk, trial, observed_weeks, week_number

),

-- What moves the gap between the groups from week to week moves all customers together: a second variance, over weeks.
estimates as (

    select
        promotion_sk,
        trial,
        max(targeted_count) as targeted_count,
        max(control_count) as control_count,
        max(uplift) as uplift,
        max(customer_variance) as customer_variance,
        try_divide(
            coalesce(regr_syy(week_gap, week_number) filter (where week_number < 0), 0)
            + coalesce(regr_syy(week_gap, week_number) filter (where week_number >= 0), 0),
            {{ weeks - 2 }} + observed_weeks
        ) * (1 / {{ weeks }}D + 1D / observed_weeks) as week_variance,
        regr_slope(week_gap, week_number) as trend
    from trial_weeks
    group by promotion_sk, trial, observed_weeks

),

rounded as (

    select
        trials.promotion_sk,
        trials.promotion_bk,
        trials.trial,
        trials.begins_on as start_date,
        trials.ends_on as end_date,
        trials.planned_days,
        trials.planned_weeks,
        trials.observed_days,
        trials.observed_weeks,
        trials.observed_until as last_observed_date,
        trials.has_baseline,
        coalesce(estimates.targeted_count, 0) as measured_customer_count,
        coalesce(estimates.control_count, 0) as control_customer_count,
        cast(estimates.uplift as decimal(14, 4)) as uplift_amount_per_customer_week,
        cast(sqrt(estimates.customer_variance) as decimal(14, 4)) as customer_standard_error_amount,
        cast(sqrt(estimates.week_variance) as decimal(14, 4)) as week_standard_error_amount,
        cast(sqrt(estimates.customer_variance + estimates.week_variance) as decimal(14, 4)) as standard_error_amount,
        cast(estimates.trend as decimal(14, 4)) as trend_amount_per_week
    from trials
    left join estimates on trials.promotion_sk = estimates.promotion_sk and trials.trial = estimates.trial

),

final as (

    select
        *,
        {{ normal_p_value('try_divide(uplift_amount_per_customer_week, standard_error_amount)') }} as p_value
    from rounded

)

select * from final
