with

source as (

    select * from {{ source('billing', 'event') }}

),

events as (

    {{ billing_objects(
        'source',
        types='^product[.]',
        fields='metadata struct<plan_id string>, name string, active boolean',
        since='created'
    ) }}

),

final as (

    select
        thing.metadata.plan_id as subscription_plan_bk,
        thing.id as billing_product_bk,
        thing.name as plan_name,
        thing.active as is_active,
        applied_dts,
        load_id,
        load_dts,
        'billing.event' as record_source
    from events

)

select * from final
