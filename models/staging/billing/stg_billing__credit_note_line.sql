with

source as (

    select * from {{ source('billing', 'event') }}

),

events as (

    {{ billing_objects(
        'source',
        types='^credit_note[.]created$',
        fields='
            invoice string, currency string, created bigint, type string,
            lines struct<data array<struct<
                id string, invoice_line_item string, amount bigint, discount_amount bigint,
                tax_amounts array<struct<amount bigint, inclusive boolean>>, taxes array<struct<amount bigint, tax_behavior string>>
            >>>
        '
    ) }}

),

lines as (

    select
        thing.id as credit_note_bk,
        thing.invoice as invoice_bk,
        upper(thing.currency) as currency,
        timestamp_seconds(thing.created) as credited_at,
        explode(thing.lines.data) as line,
        load_id,
        load_dts
    from events

),

final as (

    select
        line.id as credit_note_line_bk,
        credit_note_bk,
        invoice_bk,
        line.invoice_line_item as invoice_line_bk,
        currency,
        line.amount as amount_minor,
        line.discount_amount as discount_minor,
        {{ billing_tax('line') }} as tax_minor,
        {{ billing_tax('line', is_inclusive=true) }} as inclusive_tax_minor,
        credited_at,
        load_id,
        load_dts,
        'billing.event' as record_source
    from lines

)

select * from final
