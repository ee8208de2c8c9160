with

source as (

    select * from {{ source('billing', 'event') }}

),

events as (

    {{ billing_objects(
        'source',
        types='^(customer[.]subscription[.](created|updated|deleted|paused|resumed)|subscription[.]snapshot)$',
        fields='
            status string, metadata struct<user_id string>,
            items struct<data array<struct<id string, quantity bigint, price struct<id string, metadata struct<plan_id string>>>>>
        ',
        changed='items struct<data array<struct<id string>>>',
        since='start_date'
    ) }}

),

changes as (

    select
        thing.id as subscription_bk,
        thing.metadata.user_id as user_bk,
        thing.status in ('canceled', 'incomplete_expired') as is_over,
        thing.items.data as current_items,
        array_except(
            transform(changed.items.data, item -> item.id), transform(thing.items.data, item -> item.id)
        ) as removed,
        applied_dts,
        load_id,
        load_dts
    from events

),

present as (

    select
        * except (current_items, removed),
        posexplode(current_items) as (item_position, item)
    from changes

),

-- An item that was taken out is missing from the items after the change, and is among those before it.
gone as (

    select
        * except (current_items, removed),
        explode(removed) as subscription_item_bk
    from changes

),

rows as (

    select
        subscription_bk,
        item.id as subscription_item_bk,
        if(is_over, null, user_bk) as user_bk,
        if(is_over, null, item.price.metadata.plan_id) as subscription_plan_bk,
        item.price.id as price_bk,
        item.quantity,
        item_position,
        false as is_removed,
        applied_dts,
        load_id,
        load_dts
    from present

    union all

    select
        subscription_bk,
        subscription_item_bk,
        null as user_bk,
        null as subscription_plan_bk,
        null as price_bk,
        null as quantity,
        null as item_position,
        true as is_removed,
        applied_dts,
        load_id,
        load_dts
    from gone

),

final as (

    select
        *,
        'billing.event' as record_source
    from rows

)

select * from final
