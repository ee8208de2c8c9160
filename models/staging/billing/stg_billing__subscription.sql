with

source as (

    select * from {{ source('billing', 'event') }}

),

events as (

    {{ billing_objects(
        'source',
        types='^(customer[.]subscription[.](created|updated|deleted|paused|resumed)|subscription[.]snapshot)$',
        fields='
            status string, currency string, customer string, canceled_at bigint, ended_at bigint, trial_end bigint,
            current_period_start bigint, current_period_end bigint, cancel_at_period_end boolean, metadata struct<user_id string>,
            pause_collection struct<behavior string>, cancellation_details struct<reason string>, discounts array<string>,
            default_tax_rates array<struct<inclusive boolean, percentage string>>,
            items struct<data array<struct<current_period_start bigint, current_period_end bigint>>>
        ',
        since='start_date'
    ) }}

),

final as (

    select
        thing.id as subscription_bk,
        thing.metadata.user_id as user_bk,
        upper(thing.currency) as currency,
        thing.status,
        thing.pause_collection.behavior as pause_behavior,
        thing.cancel_at_period_end as is_ending,
        thing.cancellation_details.reason as end_reason,
        timestamp_seconds(thing.start_date) as started_at,
        timestamp_seconds(thing.trial_end) as trial_end_at,
        timestamp_seconds(thing.canceled_at) as cancelled_at,
        timestamp_seconds(thing.ended_at) as ended_at,
        timestamp_seconds(coalesce(thing.current_period_start, get(thing.items.data, 0).current_period_start))
            as period_start_at,
        timestamp_seconds(coalesce(thing.current_period_end, get(thing.items.data, 0).current_period_end))
            as period_end_at,
        concat_ws(',', thing.discounts) as discount_bks,
        coalesce(aggregate(
            filter(thing.default_tax_rates, rate -> rate.inclusive),
            cast(0 as decimal(9, 4)),
            (total, rate) -> cast(total + try_cast(rate.percentage as decimal(9, 4)) as decimal(9, 4))
        ), 0) as inclusive_tax_percent,
        applied_dts,
        load_id,
        load_dts,
        'billing.event' as record_source
    from events

)

select * from final
