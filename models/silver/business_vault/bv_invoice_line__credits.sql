with

lines as (

    select * from {{ ref('bv_invoice_line__billed') }}

),

credit_note_lines as (

    select * from {{ ref('nh_link_credit_note_line') }}

),

credit_notes as (

    select
        credit_note_lines.credit_note_line_bk as credit_bk,
        'credit_note' as credit_kind,
        lines.invoice_line_hk,
        lines.currency,
        credit_note_lines.credited_at,
        credit_note_lines.amount_minor
        - credit_note_lines.discount_minor
        - credit_note_lines.inclusive_tax_minor as net_minor,
        credit_note_lines.tax_minor
    from credit_note_lines
    inner join lines
        on credit_note_lines.invoice_hk = lines.invoice_hk
            and credit_note_lines.invoice_line_bk = lines.invoice_line_bk

),

credited as (

    select
        invoice_line_hk,
        sum(net_minor) as net_minor,
        sum(tax_minor) as tax_minor
    from credit_notes
    group by invoice_line_hk

),

-- An invoice that is void was never owed: what no credit note has taken off its lines goes too.
voided as (

    select
        lines.invoice_line_bk as credit_bk,
        'void' as credit_kind,
        lines.invoice_line_hk,
        lines.currency,
        lines.voided_at as credited_at,
        lines.net_minor - coalesce(credited.net_minor, 0) as net_minor,
        lines.tax_minor - coalesce(credited.tax_minor, 0) as tax_minor
    from lines
    left join credited on lines.invoice_line_hk = credited.invoice_line_hk
    where lines.voided_at is not null

),

final as (

    select * from credit_notes
    union all
    select * from voided

)

select * from final
