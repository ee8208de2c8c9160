{#-
    What is foretold: a user with MRR has none so many days later. They begin a day after the cut-off, so that somebody
    can act; who leaves within that day is not foretold.
-#}
{%- set embargo, days = 1, 28 %}

with

features as (

    select * from {{ ref('ftr_user_churn') }}

),

versions as (

    select * from {{ ref('bv_subscription__versions') }}

),

mrr as (

    select * from {{ ref('bv_subscription__mrr') }}

),

billing_events as (

    select * from {{ ref('nh_link_billing_event') }}

),

-- A single event that is dated in the future does not end any days.
landed as (

    select least(max(occurred_at), max(load_dts)) as newest_at from billing_events

),

moments as (

    select
        features.user_hk,
        features.cut_off_at,
        features.cut_off_at + interval {{ embargo }} days as label_from,
        features.cut_off_at + interval {{ embargo + days }} days as label_to
    from features
    inner join landed on features.cut_off_at + interval {{ embargo + days }} days <= landed.newest_at

),

spine as (

    select
        user_hk,
        label_from as cut_off_at
    from moments

    union distinct

    select
        user_hk,
        label_to as cut_off_at
    from moments

),

changes as (

    select
        versions.user_hk,
        versions.valid_from,
        mrr.mrr_minor - lag(mrr.mrr_minor, 1, 0) over (
            partition by versions.subscription_hk order by versions.valid_from
        ) as change_minor
    from versions
    inner join mrr
        on versions.subscription_hk = mrr.subscription_hk
            and versions.valid_from = mrr.valid_from

),

-- Minor units of several currencies are no amount together, but they are 0 together.
balances as (

    {{ features_as_of(
        spine='spine',
        key='user_hk',
        events='changes',
        applied='valid_from',
        loaded='valid_from',
        features={'mrr_minor': {'as': 'sum', 'of': 'change_minor'}}
    ) }}

),

landings as (

    {{ first_landings('moments', 'billing_events') }}

),

final as (

    select
        moments.user_hk,
        moments.cut_off_at,
        moments.label_from,
        moments.label_to,
        landings.known_at,
        balances_after.mrr_minor = 0 as has_left
    from moments
    inner join landings on moments.label_to = landings.label_to
    inner join balances as balances_before
        on moments.user_hk = balances_before.user_hk
            and moments.label_from = balances_before.cut_off_at
            and balances_before.mrr_minor > 0
    inner join balances as balances_after
        on moments.user_hk = balances_after.user_hk
            and moments.label_to = balances_after.cut_off_at

)

select * from final
