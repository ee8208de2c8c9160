with

source as (

    select * from {{ source('billing', 'event') }}

),

events as (

    {{ billing_objects(
        'source',
        types='^customer[.](created|updated|deleted|snapshot)$',
        fields='
            metadata struct<user_id string>, name string, email string, phone string, currency string,
            address struct<city string, country string, line1 string, line2 string, postal_code string, state string>
        ',
        since='created'
    ) }}

),

final as (

    select
        thing.metadata.user_id as user_bk,
        thing.id as billing_customer_bk,
        if(event_type = 'customer.deleted', null, thing.name) as full_name,
        if(event_type = 'customer.deleted', null, thing.email) as email,
        if(event_type = 'customer.deleted', null, thing.phone) as phone,
        if(event_type = 'customer.deleted', null, thing.address.line1) as address_line_1,
        if(event_type = 'customer.deleted', null, thing.address.line2) as address_line_2,
        if(event_type = 'customer.deleted', null, thing.address.postal_code) as postal_code,
        if(event_type = 'customer.deleted', null, thing.address.city) as city,
        thing.address.country,
        upper(thing.currency) as currency,
        event_type = 'customer.deleted' as is_deleted,
        applied_dts,
        load_id,
        load_dts,
        'billing.event' as record_source
    from events

)

select * from final
