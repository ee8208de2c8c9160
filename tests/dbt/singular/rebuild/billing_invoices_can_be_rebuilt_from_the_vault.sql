-- Each state of an invoice, and each of its lines in the forms that it had.
{{ config(group='vault') }}
{%- set invoice = "invoice_bk, billing_customer_bk, invoice_number, {0}.currency, status, billing_reason, created_at,
        finalized_at, paid_at, voided_at, uncollectible_at, subtotal_minor, total_minor, amount_due_minor, amount_paid_minor,
        starting_balance_minor, applied_dts,
        cast(null as string) as invoice_line_bk, cast(null as string) as price_bk, cast(null as bigint) as amount_minor,
        cast(null as bigint) as discount_minor, cast(null as bigint) as tax_minor, cast(null as timestamp) as period_start_at,
        cast(null as timestamp) as period_end_at" -%}
{%- set line = "invoice_bk, null, null, {0}.currency, null, null, null, null, null, null, null, null, null, null, null,
        null, null, invoice_line_bk, price_bk, amount_minor, discount_minor, tax_minor, period_start_at, period_end_at" -%}
{{ rebuild_differs(
    staged="select distinct " ~ invoice.format('invoice') ~ " from " ~ ref('stg_billing__invoice') ~ " as invoice
    union all
    select distinct " ~ line.format('line') ~ " from " ~ ref('stg_billing__invoice_line') ~ " as line",
    rebuilt="select distinct " ~ invoice.format('invoice') ~ "
    from " ~ ref('sat_invoice__billing') ~ " as invoice
    inner join " ~ ref('hub_invoice') ~ " as hub on invoice.invoice_hk = hub.invoice_hk
    union all
    select distinct " ~ line.format('line') ~ "
    from " ~ ref('sat_invoice_line__billing') ~ " as line
    inner join " ~ ref('link_invoice_line') ~ " as link on line.invoice_line_hk = link.invoice_line_hk
    inner join " ~ ref('hub_invoice') ~ " as hub on link.invoice_hk = hub.invoice_hk
    inner join " ~ ref('hub_price') ~ " as price on link.price_hk = price.price_hk",
) }}
