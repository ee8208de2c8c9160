with

versions as (

    select * from {{ ref('bv_subscription__versions') }}

),

mrr as (

    select * from {{ ref('bv_subscription__mrr') }}

),

subscriptions as (

    select * from {{ ref('hub_subscription') }}

),

users as (

    select * from {{ ref('dim_user') }}

),

plans as (

    select * from {{ ref('dim_subscription_plan') }}

),

currencies as (

    select * from {{ ref('currencies') }}

),

states as (

    select
        versions.*,
        mrr.subscription_plan_hk,
        mrr.mrr_minor,
        versions.ended_at is null as is_alive
    from versions
    inner join mrr
        on versions.subscription_hk = mrr.subscription_hk
            and versions.valid_from = mrr.valid_from

),

changes as (

    select
        *,
        lag(struct(status, is_suspended, is_ending, is_alive, period_end_at)) over in_order as previous,
        lag(mrr_minor, 1, 0) over in_order as mrr_before_minor
    from states
    window in_order as (partition by subscription_hk order by valid_from)

),

-- What each change says, in this order.
named as (

    select
        *,
        array_compact(case
            when previous is null
                then array('started', if(is_ending, 'cancelled', null))
            when not is_alive
                then array(
                        if(
                            previous.is_alive and not previous.is_ending and end_reason = 'cancellation_requested',
                            'cancelled',
                            null
                        ),
                        'ended'
                    )
            else array(
                    if(is_ending and not previous.is_ending, 'cancelled', null),
                    if(previous.is_ending and not is_ending, 'reactivated', null),
                    if(is_suspended and not previous.is_suspended, 'paused', null),
                    if(previous.is_suspended and not is_suspended, 'resumed', null),
                    if(
                        period_start_at = previous.period_end_at and not is_suspended and not previous.is_suspended,
                        'renewed',
                        null
                    )
                )
        end) as said
    from changes

),

-- The first paid period after a trial is a renewal that brings the MRR. Where nothing else says why MRR changed, it is
-- an upgrade or a downgrade.
completed as (

    select
        *,
        concat(said, if(
            mrr_minor <> mrr_before_minor
            and not arrays_overlap(said, array('started', 'paused', 'resumed', 'ended'))
            and not coalesce(previous.status = 'trialing' and array_contains(said, 'renewed'), false),
            array(if(mrr_minor > mrr_before_minor, 'upgraded', 'downgraded')),
            array()
        )) as event_types
    from named

),

listed as (

    select
        * except (event_types),
        size(event_types) as event_count,
        posexplode(event_types) as (position_in_change, event_type)
    from completed

),

-- The last event of a change brings the MRR after it.
events as (

    select
        *,
        row_number() over (partition by subscription_hk order by valid_from, position_in_change) as event_number,
        if(position_in_change = event_count - 1, mrr_minor, mrr_before_minor) as mrr_after_minor
    from listed

),

final as (

    select
        upper(md5(concat_ws('||', events.subscription_hk, events.event_number))) as subscription_event_hk,
        subscriptions.subscription_bk,
        events.event_number,
        events.event_type,
        coalesce(users.user_sk, {{ unknown_key() }}) as user_sk,
        coalesce(plans.subscription_plan_sk, {{ unknown_key() }}) as subscription_plan_sk,
        {{ date_key(business_day('events.valid_from', 'billing')) }} as date_key,
        events.valid_from as occurred_at,
        events.currency,
        {{ major_amount('events.mrr_before_minor', 'currencies.minor_digits') }} as mrr_before_amount,
        {{ major_amount('events.mrr_after_minor', 'currencies.minor_digits') }} as mrr_after_amount
    from events
    inner join subscriptions on events.subscription_hk = subscriptions.subscription_hk
    left join currencies on events.currency = currencies.currency
    {{ join_version('users', 'user_hk', 'events', 'events.valid_from') }}
    {{ join_version('plans', 'subscription_plan_hk', 'events', 'events.valid_from') }}

)

select * from final
