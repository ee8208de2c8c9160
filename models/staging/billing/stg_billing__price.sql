with

source as (

    select * from {{ source('billing', 'event') }}

),

events as (

    {{ billing_objects(
        'source',
        types='^price[.]',
        fields='
            metadata struct<plan_id string>, currency string, unit_amount_decimal string, active boolean,
            recurring struct<interval string, interval_count bigint, usage_type string>
        ',
        since='created'
    ) }}

),

final as (

    select
        thing.id as price_bk,
        thing.metadata.plan_id as subscription_plan_bk,
        upper(thing.currency) as currency,
        {{ exact_decimal('thing.unit_amount_decimal', 18, 6) }} as unit_amount_minor,
        thing.recurring.interval as interval_unit,
        thing.recurring.interval_count,
        thing.recurring.usage_type = 'metered' as is_metered,
        thing.active as is_active,
        applied_dts,
        load_id,
        load_dts,
        'billing.event' as record_source
    from events

)

select * from final
