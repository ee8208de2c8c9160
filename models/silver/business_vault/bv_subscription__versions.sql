with

changes as (

    select * from {{ ref('sat_subscription__billing') }}

),

plans as (

    select * from {{ ref('link_user_plan') }}

),

-- An event that came again later says the same.
latest as (

    select
        *,
        row_number() over (partition by subscription_hk, applied_dts order by load_dts desc) as landing
    from changes

),

users as (

    select
        subscription_hk,
        min(user_hk) as user_hk
    from plans
    group by subscription_hk

),

final as (

    select
        latest.subscription_hk,
        users.user_hk,
        latest.currency,
        latest.status,
        latest.pause_behavior is not null or latest.status in ('paused', 'unpaid') as is_suspended,
        latest.is_ending,
        latest.end_reason,
        latest.started_at,
        latest.trial_end_at,
        latest.cancelled_at,
        latest.ended_at,
        latest.period_start_at,
        latest.period_end_at,
        latest.discount_bks,
        latest.inclusive_tax_percent,
        latest.applied_dts as valid_from,
        lead(latest.applied_dts, 1, {{ end_of_time() }}) over (
            partition by latest.subscription_hk order by latest.applied_dts
        ) as valid_to
    from latest
    left join users on latest.subscription_hk = users.subscription_hk
    where latest.landing = 1

)

select * from final
