with

source as (

    select * from {{ source('billing', 'event') }}

),

events as (

    {{ billing_objects(
        'source',
        types='^invoice[.]',
        fields='
            subscription string, customer string, currency string, status string, billing_reason string, number string,
            subtotal bigint, total bigint, amount_due bigint, amount_paid bigint, starting_balance bigint,
            status_transitions struct<finalized_at bigint, paid_at bigint, voided_at bigint, marked_uncollectible_at bigint>,
            parent struct<subscription_details struct<subscription string>>
        ',
        since='created'
    ) }}

),

final as (

    select
        thing.id as invoice_bk,
        coalesce(thing.parent.subscription_details.subscription, thing.subscription) as subscription_bk,
        thing.customer as billing_customer_bk,
        thing.number as invoice_number,
        upper(thing.currency) as currency,
        thing.status,
        thing.billing_reason,
        timestamp_seconds(thing.created) as created_at,
        timestamp_seconds(thing.status_transitions.finalized_at) as finalized_at,
        timestamp_seconds(thing.status_transitions.paid_at) as paid_at,
        timestamp_seconds(thing.status_transitions.voided_at) as voided_at,
        timestamp_seconds(thing.status_transitions.marked_uncollectible_at) as uncollectible_at,
        thing.subtotal as subtotal_minor,
        thing.total as total_minor,
        thing.amount_due as amount_due_minor,
        thing.amount_paid as amount_paid_minor,
        thing.starting_balance as starting_balance_minor,
        applied_dts,
        load_id,
        load_dts,
        'billing.event' as record_source
    from events

)

select * from final
