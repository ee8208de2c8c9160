with

source as (

    select * from {{ source('membership', 'user') }}

),

changes as (

    {{ change_rows(
        'source',
        key='user_id',
        columns=['household_id', 'full_name', 'email', 'country', 'biography'],
        large=['biography']
    ) }}

),

final as (

    select
        user_id as user_bk,
        household_id as customer_bk,
        full_name,
        email,
        country,
        biography,
        is_deleted,
        change_at as applied_dts,
        load_id,
        {{ versioned_load_dts('user_id', 'change_lsn, change_order') }} as load_dts,
        'membership.user' as record_source
    from changes

)

select * from final
