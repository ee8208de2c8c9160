-- Each state with its items, whenever it came; one that was sent again says the same.
{{ config(group='vault') }}
{{ rebuild_differs(
    staged="select distinct
        item.subscription_bk, item.subscription_item_bk, item.price_bk, item.quantity, item.item_position, item.is_removed,
        state.user_bk, state.currency, state.status, state.pause_behavior, state.is_ending, state.end_reason, state.started_at,
        state.trial_end_at, state.cancelled_at, state.ended_at, state.period_start_at, state.period_end_at, state.discount_bks,
        state.inclusive_tax_percent, state.applied_dts
    from " ~ ref('stg_billing__subscription') ~ " as state
    inner join " ~ ref('stg_billing__subscription_item') ~ " as item
        on state.subscription_bk = item.subscription_bk and state.applied_dts = item.applied_dts",
    rebuilt="select distinct
        subscription_bk, item.subscription_item_bk, item.price_bk, item.quantity, item.item_position, item.is_removed, user_bk,
        state.currency, state.status, state.pause_behavior, state.is_ending, state.end_reason, state.started_at,
        state.trial_end_at, state.cancelled_at, state.ended_at, state.period_start_at, state.period_end_at, state.discount_bks,
        state.inclusive_tax_percent, state.applied_dts
    from " ~ ref('sat_subscription__billing') ~ " as state
    inner join " ~ ref('hub_subscription') ~ " as subscription on state.subscription_hk = subscription.subscription_hk
    inner join " ~ ref('ma_sat_subscription__billing_item') ~ " as item
        on state.subscription_hk = item.subscription_hk and state.applied_dts = item.applied_dts
    left join " ~ ref('link_user_plan') ~ " as plan on state.subscription_hk = plan.subscription_hk
    left join " ~ ref('hub_user') ~ " as users on plan.user_hk = users.user_hk",
) }}
