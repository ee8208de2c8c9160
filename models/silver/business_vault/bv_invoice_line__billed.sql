with

lines as (

    select * from {{ ref('link_invoice_line') }}

),

line_changes as (

    select * from {{ ref('sat_invoice_line__billing') }}

),

invoice_changes as (

    select * from {{ ref('sat_invoice__billing') }}

),

plans as (

    select * from {{ ref('link_user_plan') }}

),

price_plans as (

    select * from {{ ref('link_price_plan') }}

),

invoices as (

    select
        invoice_hk,
        max_by(struct(currency, finalized_at, paid_at, voided_at), struct(applied_dts, load_dts)) as invoice
    from invoice_changes
    group by invoice_hk

),

line_terms as (

    select
        invoice_line_hk,
        max_by(
            struct(
                amount_minor - discount_minor - inclusive_tax_minor as net_minor,
                tax_minor,
                is_proration,
                period_start_at,
                period_end_at
            ),
            struct(applied_dts, load_dts)
        ) as line
    from line_changes
    group by invoice_line_hk

),

users as (

    select
        subscription_hk,
        min(user_hk) as user_hk
    from plans
    group by subscription_hk

),

-- A draft is no revenue: its lines may still change.
final as (

    select
        lines.invoice_line_hk,
        lines.invoice_line_bk,
        lines.invoice_hk,
        lines.subscription_hk,
        users.user_hk,
        price_plans.subscription_plan_hk,
        invoices.invoice.currency,
        line_terms.line.net_minor,
        line_terms.line.tax_minor,
        line_terms.line.is_proration,
        line_terms.line.period_start_at,
        line_terms.line.period_end_at,
        invoices.invoice.finalized_at,
        invoices.invoice.paid_at,
        invoices.invoice.voided_at
    from lines
    inner join invoices on lines.invoice_hk = invoices.invoice_hk
    inner join line_terms on lines.invoice_line_hk = line_terms.invoice_line_hk
    left join users on lines.subscription_hk = users.subscription_hk
    left join price_plans on lines.price_hk = price_plans.price_hk
    where invoices.invoice.finalized_at is not null

)

select * from final
