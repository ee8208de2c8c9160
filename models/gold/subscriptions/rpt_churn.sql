with

movements as (

    select * from {{ ref('fct_mrr_movements') }}

),

-- Retention asks what became of those who paid at the beginning of a month: who is new in it does not count.
sums as (

    select
        month_start_date,
        currency,
        count_if(opening_amount > 0) as opening_user_count,
        count_if(opening_amount > 0 and closing_amount = 0) as churned_user_count,
        count_if(opening_amount = 0 and closing_amount > 0 and new_amount > 0) as new_user_count,
        count_if(opening_amount = 0 and closing_amount > 0 and new_amount = 0) as reactivated_user_count,
        count_if(closing_amount > 0) as closing_user_count,
        sum(opening_amount) as opening_amount,
        sum(if(opening_amount > 0, greatest(opening_amount - closing_amount, 0), 0)) as lost_amount,
        sum(if(opening_amount > 0, closing_amount, 0)) as kept_amount,
        sum(churn_amount) as churn_amount,
        sum(closing_amount) as closing_amount
    from movements
    group by month_start_date, currency

),

final as (

    select
        month_start_date,
        {{ date_key('last_day(month_start_date)') }} as date_key,
        currency,
        opening_user_count,
        new_user_count,
        reactivated_user_count,
        churned_user_count,
        closing_user_count,
        cast(churned_user_count / nullif(opening_user_count, 0) as decimal(9, 6)) as user_churn_rate,
        cast(opening_amount as decimal(18, 2)) as opening_amount,
        cast(churn_amount as decimal(18, 2)) as churn_amount,
        cast(lost_amount as decimal(18, 2)) as lost_amount,
        cast(closing_amount as decimal(18, 2)) as closing_amount,
        cast(lost_amount / nullif(opening_amount, 0) as decimal(9, 6)) as revenue_churn_rate,
        cast(1 - lost_amount / nullif(opening_amount, 0) as decimal(9, 6)) as gross_retention_rate,
        cast(kept_amount / nullif(opening_amount, 0) as decimal(9, 6)) as net_retention_rate
    from sums

)

select * from final
