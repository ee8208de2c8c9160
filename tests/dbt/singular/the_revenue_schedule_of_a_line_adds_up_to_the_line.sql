-- To the cent: what was billed becomes revenue, and what was credited a reduction of it; nothing stays deferred.
with

schedule as (

    select
        invoice_line_hk,
        sum(billed_amount) as billed_amount,
        sum(credited_amount) as credited_amount,
        sum(revenue_amount) as revenue_amount,
        sum(reduction_amount) as reduction_amount
    from {{ ref('fct_revenue_schedule') }}
    group by invoice_line_hk

),

credits as (

    select
        invoice_line_hk,
        sum(net_minor) as net_minor
    from {{ ref('bv_invoice_line__credits') }}
    group by invoice_line_hk

),

lines as (

    select
        billed.invoice_line_hk,
        {{ major_amount('billed.net_minor', 'currencies.minor_digits') }} as net_amount,
        {{ major_amount('coalesce(credits.net_minor, 0)', 'currencies.minor_digits') }} as credit_amount
    from {{ ref('bv_invoice_line__billed') }} as billed
    inner join {{ ref('currencies') }} as currencies on billed.currency = currencies.currency
    left join credits on billed.invoice_line_hk = credits.invoice_line_hk

)

select
    lines.*,
    schedule.billed_amount,
    schedule.credited_amount,
    schedule.revenue_amount,
    schedule.reduction_amount
from lines
full join schedule on lines.invoice_line_hk = schedule.invoice_line_hk
where
    lines.net_amount is distinct from schedule.billed_amount
    or lines.net_amount is distinct from schedule.revenue_amount
    or lines.credit_amount is distinct from schedule.credited_amount
    or lines.credit_amount is distinct from schedule.reduction_amount
