with

source as (

    select * from {{ source('engage', 'event') }}

),

-- A message has an offset, so no hash of its values has to order it: load_dts would be made of personal data.
parsed as (

    select
        * except (record_hash),
        from_json(source.user, 'struct<external_user_id: string, user_id: string, timezone: string>') as person,
        from_json(
            properties,
            'struct<
                campaign_id: string, campaign_name: string, canvas_id: string, canvas_name: string,
                canvas_step_id: string, message_variation_id: string, dispatch_id: string, email_address: string,
                url: string, machine_open: string
            >'
        ) as mail,
        coalesce(timestamp_seconds(try_cast(time as bigint)), load_dts) as occurred_at,
        cast(null as bigint) as record_hash
    from source

),

-- A number of ours is one of a user; whatever else stands there is that of a test.
known as (

    select
        *,
        if(person.external_user_id rlike '^[0-9]+$', person.external_user_id, null) as user_bk
    from parsed

),

final as (

    select
        id as campaign_event_bk,
        event_type,
        user_bk,
        if(user_bk is null, person.external_user_id, null) as test_user_id,
        person.user_id as engage_user_bk,
        person.timezone as time_zone,
        mail.email_address as email,
        cast(try_cast(regexp_extract(mail.campaign_name, '^P([0-9]{4})(?![0-9])', 1) as int) as string) as promotion_bk,
        mail.campaign_id as campaign_bk,
        mail.campaign_name,
        mail.canvas_id as canvas_bk,
        mail.canvas_name,
        mail.canvas_step_id as canvas_step_bk,
        mail.message_variation_id as message_variation_bk,
        mail.dispatch_id as dispatch_bk,
        mail.url as clicked_url,
        coalesce(try_cast(mail.machine_open as boolean), false) as is_machine_open,
        user_bk is null and person.external_user_id is not null as is_test,
        occurred_at,
        load_id,
        {{ versioned_load_dts('user_bk', 'occurred_at') }} as load_dts,
        'engage.event' as record_source
    from known

)

select * from final
