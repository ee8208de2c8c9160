-- In its first month a cohort has all of them, with what they began with; later it never has more.
with

begun as (

    select
        month_start_date as cohort_month,
        currency,
        count(*) as user_count,
        sum(new_amount) as new_amount
    from {{ ref('fct_mrr_movements') }}
    where new_amount > 0
    group by month_start_date, currency

)

select
    cohorts.cohort_month,
    cohorts.currency,
    cohorts.month_number,
    cohorts.cohort_user_count,
    begun.user_count
from {{ ref('rpt_cohort_retention') }} as cohorts
full join begun on cohorts.cohort_month = begun.cohort_month and cohorts.currency = begun.currency
where
    cohorts.cohort_user_count is distinct from begun.user_count
    or cohorts.retained_user_count > cohorts.cohort_user_count
    or cohorts.month_number = 0 and cohorts.retained_user_count <> cohorts.cohort_user_count
    or cohorts.month_number = 0 and cohorts.retained_amount is distinct from begun.new_amount
