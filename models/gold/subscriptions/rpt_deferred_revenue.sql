with

schedule as (

    select * from {{ ref('fct_revenue_schedule') }}

),

sums as (

    select
        month_start_date,
        currency,
        sum(billed_amount) as billed_amount,
        sum(credited_amount) as credited_amount,
        sum(revenue_amount - reduction_amount) as recognised_amount,
        sum(contra_revenue_amount) as contra_revenue_amount,
        sum(
            (billed_amount - credited_amount - revenue_amount + reduction_amount) * reported_unit_value
        ) as reported_change_amount
    from schedule
    group by month_start_date, currency

),

-- A month without an entry carries the balance on.
months as (

    select
        currency,
        explode(sequence(min(month_start_date), max(month_start_date), interval 1 month)) as month_start_date
    from sums
    group by currency

),

complete as (

    select
        months.month_start_date,
        months.currency,
        coalesce(sums.billed_amount, 0) as billed_amount,
        coalesce(sums.credited_amount, 0) as credited_amount,
        coalesce(sums.recognised_amount, 0) as recognised_amount,
        coalesce(sums.contra_revenue_amount, 0) as contra_revenue_amount,
        coalesce(sums.reported_change_amount, 0) as reported_change_amount
    from months
    left join sums on months.currency = sums.currency and months.month_start_date = sums.month_start_date

),

balances as (

    select
        *,
        sum(billed_amount - credited_amount - recognised_amount) over in_order as closing_amount,
        sum(reported_change_amount) over in_order as reported_closing_amount
    from complete
    window in_order as (partition by currency order by month_start_date)

),

final as (

    select
        month_start_date,
        {{ date_key('last_day(month_start_date)') }} as date_key,
        currency,
        month_start_date >= trunc({{ business_day(now(), 'billing') }}, 'MM') as is_forecast,
        cast(lag(closing_amount, 1, 0) over (partition by currency order by month_start_date) as decimal(18, 2))
            as opening_amount,
        cast(billed_amount as decimal(18, 2)) as billed_amount,
        cast(credited_amount as decimal(18, 2)) as credited_amount,
        cast(recognised_amount as decimal(18, 2)) as recognised_amount,
        cast(closing_amount as decimal(18, 2)) as closing_amount,
        cast(contra_revenue_amount as decimal(18, 2)) as contra_revenue_amount,
        cast(round(reported_closing_amount, 2) as decimal(18, 2)) as reported_closing_amount
    from balances

)

select * from final
