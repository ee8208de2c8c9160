with

users as (

    select * from {{ ref('hub_user') }}

),

versions as (

    select * from {{ ref('snp_user') }}
    where dbt_valid_to = {{ end_of_time() }}

),

-- A key that only mails have named has no version yet; it gets the one that its first version will replace.
members as (

    select
        coalesce(versions.user_sk, {{ version_key('users.user_hk') }}) as user_sk,
        users.user_hk,
        users.user_bk,
        versions.country,
        versions.currency,
        coalesce(versions.is_member, false) as is_member,
        coalesce(versions.is_billed, false) as is_billed,
        coalesce(versions.valid_from, {{ beginning_of_time() }}) as valid_from,
        coalesce(versions.valid_to, {{ end_of_time() }}) as valid_to,
        versions.first_known_at
    from users
    left join versions on users.user_hk = versions.user_hk

),

unknown_member as (

    select
        {{ unknown_key() }} as user_sk,
        {{ unknown_key() }} as user_hk,
        'unknown' as user_bk,
        cast(null as string) as country,
        cast(null as string) as currency,
        false as is_member,
        false as is_billed,
        {{ beginning_of_time() }} as valid_from,
        {{ end_of_time() }} as valid_to,
        cast(null as timestamp) as first_known_at

),

final as (

    {{ with_unknown_member('members', 'unknown_member') }}

)

select * from final
