-- Debits = credits: every month closes with what the next one opens with, and after the last one nothing is left.
with

rolled as (

    select
        *,
        lag(closing_amount, 1, 0) over (partition by currency order by month_start_date) as previous_closing_amount,
        row_number() over (partition by currency order by month_start_date desc) as months_left
    from {{ ref('rpt_deferred_revenue') }}

),

schedule as (

    select
        month_start_date,
        currency,
        sum(billed_amount) as billed_amount,
        sum(credited_amount) as credited_amount,
        sum(revenue_amount) - sum(reduction_amount) as recognised_amount
    from {{ ref('fct_revenue_schedule') }}
    group by month_start_date, currency

)

select
    rolled.month_start_date,
    rolled.currency,
    rolled.opening_amount,
    rolled.billed_amount,
    rolled.credited_amount,
    rolled.recognised_amount,
    rolled.closing_amount
from rolled
left join schedule on rolled.month_start_date = schedule.month_start_date and rolled.currency = schedule.currency
where
    rolled.opening_amount is distinct from rolled.previous_closing_amount
    or rolled.opening_amount + rolled.billed_amount - rolled.credited_amount - rolled.recognised_amount
    is distinct from rolled.closing_amount
    or rolled.months_left = 1 and rolled.closing_amount <> 0
    or rolled.billed_amount is distinct from coalesce(schedule.billed_amount, 0)
    or rolled.credited_amount is distinct from coalesce(schedule.credited_amount, 0)
    or rolled.recognised_amount is distinct from coalesce(schedule.recognised_amount, 0)
