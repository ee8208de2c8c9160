with

source as (

    select * from {{ source('membership', 'subscription') }}

),

changes as (

    {{ change_rows('source', key='subscription_id', columns=['user_id', 'plan_id', 'status', 'started_on']) }}

),

final as (

    select
        subscription_id as subscription_bk,
        user_id as user_bk,
        plan_id as subscription_plan_bk,
        status,
        date_add(date'1970-01-01', try_cast(started_on as int)) as started_on,
        is_deleted,
        change_at as applied_dts,
        load_id,
        {{ versioned_load_dts('subscription_id', 'change_lsn, change_order') }} as load_dts,
        'membership.subscription' as record_source
    from changes

)

select * from final
