with

plans as (

    select * from {{ ref('hub_subscription_plan') }}

),

versions as (

    select * from {{ ref('snp_subscription_plan') }}
    where dbt_valid_to = {{ end_of_time() }}

),

-- A plan that only subscriptions have named has no version yet; it gets the one that its first version will replace.
members as (

    select
        coalesce(
            versions.subscription_plan_sk, {{ version_key('plans.subscription_plan_hk') }}
        ) as subscription_plan_sk,
        plans.subscription_plan_hk,
        plans.subscription_plan_bk,
        versions.plan_name,
        versions.monthly_amount,
        versions.currency,
        coalesce(versions.is_offered_to_members, false) as is_offered_to_members,
        coalesce(versions.is_billed, false) as is_billed,
        coalesce(versions.valid_from, {{ beginning_of_time() }}) as valid_from,
        coalesce(versions.valid_to, {{ end_of_time() }}) as valid_to,
        versions.first_known_at
    from plans
    left join versions on plans.subscription_plan_hk = versions.subscription_plan_hk

),

unknown_member as (

    select
        {{ unknown_key() }} as subscription_plan_sk,
        {{ unknown_key() }} as subscription_plan_hk,
        'unknown' as subscription_plan_bk,
        cast(null as string) as plan_name,
        cast(null as decimal(8, 2)) as monthly_amount,
        cast(null as string) as currency,
        false as is_offered_to_members,
        false as is_billed,
        {{ beginning_of_time() }} as valid_from,
        {{ end_of_time() }} as valid_to,
        cast(null as timestamp) as first_known_at

),

final as (

    {{ with_unknown_member('members', 'unknown_member') }}

)

select * from final
