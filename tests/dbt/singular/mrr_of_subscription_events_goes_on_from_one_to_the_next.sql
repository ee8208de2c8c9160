with

events as (

    select
        *,
        lag(mrr_after_amount, 1, 0) over in_order as previous_after_amount,
        lag(event_number, 1, 0) over in_order as previous_number,
        lead(event_number) over in_order as next_number
    from {{ ref('fct_subscription_events') }}
    window in_order as (partition by subscription_bk order by event_number)

),

last_versions as (

    select
        subscriptions.subscription_bk,
        {{ major_amount('mrr.mrr_minor', 'currencies.minor_digits') }} as mrr_amount
    from {{ ref('bv_subscription__mrr') }} as mrr
    inner join {{ ref('bv_subscription__versions') }} as versions
        on mrr.subscription_hk = versions.subscription_hk
            and mrr.valid_from = versions.valid_from
    inner join {{ ref('hub_subscription') }} as subscriptions on mrr.subscription_hk = subscriptions.subscription_hk
    inner join {{ ref('currencies') }} as currencies on versions.currency = currencies.currency
    where mrr.valid_to = {{ end_of_time() }}

)

select
    last_versions.*,
    events.event_number,
    events.mrr_before_amount,
    events.mrr_after_amount
from last_versions
full join events on last_versions.subscription_bk = events.subscription_bk
where
    events.event_number is distinct from events.previous_number + 1
    or events.mrr_before_amount is distinct from events.previous_after_amount
    or events.next_number is null and events.mrr_after_amount is distinct from last_versions.mrr_amount
