with

source as (

    select * from {{ source('billing', 'event') }}

),

events as (

    {{ billing_objects(
        'source',
        types='[.]',
        fields='
            object string, status string, amount bigint, currency string, customer string, subscription string, invoice string, charge string,
            payment_intent string, payment struct<payment_intent string>, coupon struct<id string>, source struct<coupon string>,
            metadata struct<user_id string>, subscription_details struct<metadata struct<user_id string>>,
            parent struct<subscription_details struct<metadata struct<user_id string>, subscription string>>
        '
    ) }}

),

final as (

    select
        event_id as billing_event_bk,
        event_type,
        api_version,
        livemode = 'true' as is_live,
        pending_webhooks,
        request,
        thing.object as object_type,
        thing.id as object_bk,
        thing.status as object_status,
        coalesce(
            if(thing.object in ('customer', 'subscription'), thing.metadata.user_id, null),
            thing.parent.subscription_details.metadata.user_id,
            thing.subscription_details.metadata.user_id
        ) as user_bk,
        if(thing.object = 'customer', thing.id, thing.customer) as billing_customer_bk,
        coalesce(
            if(thing.object = 'subscription', thing.id, thing.subscription),
            thing.parent.subscription_details.subscription
        ) as subscription_bk,
        if(thing.object = 'invoice', thing.id, thing.invoice) as invoice_bk,
        if(thing.object = 'charge', thing.id, thing.charge) as charge_bk,
        coalesce(thing.payment_intent, thing.payment.payment_intent) as payment_bk,
        coalesce(if(thing.object = 'coupon', thing.id, thing.coupon.id), thing.source.coupon) as billing_coupon_bk,
        thing.amount as amount_minor,
        upper(thing.currency) as currency,
        occurred_at,
        load_id,
        load_dts,
        'billing.event' as record_source
    from events

)

select * from final
