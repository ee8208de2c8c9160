{#- Over which parts of its period a line is spread: var revenue_by. -#}

{%- set month_end = business_day_start('add_months(month_start_date, 1)', 'billing') %}

with

lines as (

    select * from {{ ref('bv_invoice_line__billed') }}

),

credits as (

    select * from {{ ref('bv_invoice_line__credits') }}

),

users as (

    select * from {{ ref('dim_user') }}

),

plans as (

    select * from {{ ref('dim_subscription_plan') }}

),

currencies as (

    select * from {{ ref('currencies') }}

),

rates as (

    select * from {{ ref('exchange_rates') }}

),

line_months as (

    select
        invoice_line_hk,
        net_minor,
        period_start_at,
        period_end_at,
        explode({{ period_months('period_start_at', 'period_end_at') }}) as month_start_date
    from lines

),

-- What is over at the end of a month is rounded, and the difference is the month's: so a line's months add up to it.
served as (

    select
        invoice_line_hk,
        month_start_date,
        {{ period_share('net_minor', 'period_start_at', 'period_end_at', month_end) }} as served_minor
    from line_months

),

revenue as (

    select
        invoice_line_hk,
        month_start_date,
        served_minor
        - lag(served_minor, 1, 0) over (partition by invoice_line_hk order by month_start_date) as revenue_minor
    from served

),

-- From the month of a credit on, the same share of it is taken off as of the line is over.
credit_months as (

    select
        credits.invoice_line_hk,
        credits.credit_bk,
        credits.net_minor,
        credits.credited_at,
        lines.period_start_at,
        lines.period_end_at,
        explode(array_distinct(concat(
            array(trunc({{ business_day('credits.credited_at', 'billing') }}, 'MM')),
            filter(
                {{ period_months('lines.period_start_at', 'lines.period_end_at') }},
                each -> each > {{ business_day('credits.credited_at', 'billing') }}
            )
        ))) as month_start_date
    from credits
    inner join lines on credits.invoice_line_hk = lines.invoice_line_hk

),

taken_off as (

    select
        invoice_line_hk,
        credit_bk,
        month_start_date,
        month_start_date = trunc({{ business_day('credited_at', 'billing') }}, 'MM') as is_month_of_credit,
        net_minor as credited_minor,
        {{ period_share('net_minor', 'period_start_at', 'period_end_at', month_end) }} as off_minor,
        {{ period_share('net_minor', 'period_start_at', 'period_end_at', 'credited_at') }} as contra_minor
    from credit_months

),

reductions as (

    select
        invoice_line_hk,
        month_start_date,
        off_minor - lag(off_minor, 1, 0) over (
            partition by invoice_line_hk, credit_bk order by month_start_date
        ) as reduction_minor,
        if(is_month_of_credit, contra_minor, 0) as contra_minor,
        if(is_month_of_credit, credited_minor, 0) as credited_minor
    from taken_off

),

entries as (

    select
        invoice_line_hk,
        trunc({{ business_day('finalized_at', 'billing') }}, 'MM') as month_start_date,
        net_minor as billed_minor,
        0 as revenue_minor,
        0 as credited_minor,
        0 as reduction_minor,
        0 as contra_minor
    from lines

    union all

    select
        invoice_line_hk,
        month_start_date,
        0 as billed_minor,
        revenue_minor,
        0 as credited_minor,
        0 as reduction_minor,
        0 as contra_minor
    from revenue

    union all

    select
        invoice_line_hk,
        month_start_date,
        0 as billed_minor,
        0 as revenue_minor,
        credited_minor,
        reduction_minor,
        contra_minor
    from reductions

),

months as (

    select
        invoice_line_hk,
        month_start_date,
        sum(billed_minor) as billed_minor,
        sum(revenue_minor) as revenue_minor,
        sum(credited_minor) as credited_minor,
        sum(reduction_minor) as reduction_minor,
        sum(contra_minor) as contra_minor
    from entries
    group by invoice_line_hk, month_start_date

),

final as (

    select
        lines.invoice_line_hk,
        lines.invoice_line_bk,
        months.month_start_date,
        {{ date_key('last_day(months.month_start_date)') }} as date_key,
        coalesce(users.user_sk, {{ unknown_key() }}) as user_sk,
        coalesce(plans.subscription_plan_sk, {{ unknown_key() }}) as subscription_plan_sk,
        lines.currency,
        lines.is_proration,
        {{ major_amount('months.billed_minor', 'currencies.minor_digits') }} as billed_amount,
        {{ major_amount('months.credited_minor', 'currencies.minor_digits') }} as credited_amount,
        {{ major_amount('months.revenue_minor', 'currencies.minor_digits') }} as revenue_amount,
        {{ major_amount('months.reduction_minor', 'currencies.minor_digits') }} as reduction_amount,
        {{ major_amount('months.contra_minor', 'currencies.minor_digits') }} as contra_revenue_amount,
        rates.rate as reported_unit_value
    from months
    inner join lines on months.invoice_line_hk = lines.invoice_line_hk
    left join currencies on lines.currency = currencies.currency
    left join rates
        on lines.currency = rates.currency
            and trunc({{ business_day('lines.finalized_at', 'billing') }}, 'MM') = rates.month_start_date
    {{ join_version('users', 'user_hk', 'lines', 'lines.finalized_at') }}
    {{ join_version('plans', 'subscription_plan_hk', 'lines', 'lines.finalized_at') }}

)

select * from final
