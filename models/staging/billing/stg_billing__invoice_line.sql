with

source as (

    select * from {{ source('billing', 'event') }}

),

events as (

    {{ billing_objects(
        'source',
        types='^invoice[.]',
        fields='
            subscription string, parent struct<subscription_details struct<subscription string>>,
            lines struct<data array<struct<
                id string, amount bigint, currency string, quantity bigint, description string, period struct<start bigint, `end` bigint>,
                proration boolean, subscription_item string, price struct<id string>,
                parent struct<
                    subscription_item_details struct<proration boolean, subscription_item string>,
                    invoice_item_details struct<proration boolean>
                >,
                pricing struct<price_details struct<price string>>, discount_amounts array<struct<amount bigint>>,
                tax_amounts array<struct<amount bigint, inclusive boolean>>, taxes array<struct<amount bigint, tax_behavior string>>
            >>>
        ',
        since='created'
    ) }}

),

lines as (

    select
        thing.id as invoice_bk,
        coalesce(thing.parent.subscription_details.subscription, thing.subscription) as subscription_bk,
        applied_dts,
        explode(thing.lines.data) as line,
        load_id,
        load_dts
    from events

),

final as (

    select
        line.id as invoice_line_bk,
        invoice_bk,
        subscription_bk,
        coalesce(line.parent.subscription_item_details.subscription_item, line.subscription_item)
            as subscription_item_bk,
        coalesce(line.pricing.price_details.price, line.price.id) as price_bk,
        upper(line.currency) as currency,
        line.quantity,
        line.amount as amount_minor,
        coalesce(aggregate(line.discount_amounts, 0L, (total, each) -> total + each.amount), 0) as discount_minor,
        {{ billing_tax('line') }} as tax_minor,
        {{ billing_tax('line', is_inclusive=true) }} as inclusive_tax_minor,
        coalesce(
            line.parent.subscription_item_details.proration,
            line.parent.invoice_item_details.proration,
            line.proration,
            false
        ) as is_proration,
        timestamp_seconds(line.period.start) as period_start_at,
        timestamp_seconds(line.period.`end`) as period_end_at,
        applied_dts,
        load_id,
        load_dts,
        'billing.event' as record_source
    from lines

)

select * from final
