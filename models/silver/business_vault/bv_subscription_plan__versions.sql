with

plans as (

    select * from {{ ref('sat_subscription_plan__membership') }}

),

products as (

    select * from {{ ref('sat_subscription_plan__billing') }}

),

events as (

    select
        subscription_plan_hk,
        applied_dts,
        load_dts,
        struct(plan_name, monthly_amount, currency, is_deleted) as membership,
        cast(null as struct<plan_name: string, is_active: boolean>) as billing
    from plans

    union all

    select
        subscription_plan_hk,
        applied_dts,
        load_dts,
        null as membership,
        struct(plan_name, is_active) as billing
    from products

),

versions as (

    {{ versions_of('events', key='subscription_plan_hk', attributes=['membership', 'billing']) }}

),

final as (

    select
        subscription_plan_sk,
        subscription_plan_hk,
        coalesce(billing.plan_name, membership.plan_name) as plan_name,
        membership.monthly_amount,
        membership.currency,
        coalesce(not membership.is_deleted, false) as is_offered_to_members,
        coalesce(billing.is_active, false) as is_billed,
        valid_from,
        valid_to,
        first_known_at,
        known_at
    from versions

)

select * from final
