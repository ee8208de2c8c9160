with

movements as (

    select * from {{ ref('fct_mrr_movements') }}

),

users as (

    select * from {{ ref('dim_user') }}

),

months as (

    select
        users.user_hk,
        movements.currency,
        movements.month_start_date,
        movements.new_amount,
        movements.closing_amount,
        min(movements.month_start_date) over (partition by users.user_hk, movements.currency) as cohort_month
    from movements
    inner join users on movements.user_sk = users.user_sk

),

-- A cohort is whole in its first month, whoever left in it.
counts as (

    select
        cohort_month,
        currency,
        cast(months_between(month_start_date, cohort_month) as int) as month_number,
        count(*) as cohort_user_count,
        count_if(closing_amount > 0 or month_start_date = cohort_month) as retained_user_count,
        sum(if(month_start_date = cohort_month, new_amount, closing_amount)) as retained_amount
    from months
    group by cohort_month, currency, cast(months_between(month_start_date, cohort_month) as int)

),

final as (

    select
        cohort_month,
        currency,
        month_number,
        cohort_user_count,
        retained_user_count,
        cast(retained_user_count / cohort_user_count as decimal(7, 6)) as user_retention_rate,
        cast(retained_amount as decimal(18, 2)) as retained_amount,
        cast(retained_amount / first_value(retained_amount) over (
            partition by cohort_month, currency order by month_number
        ) as decimal(12, 6)) as revenue_retention_rate
    from counts

)

select * from final
