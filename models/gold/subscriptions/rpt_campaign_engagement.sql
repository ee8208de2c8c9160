with

campaign_events as (

    select * from {{ ref('nh_link_campaign_event') }}

),

subscriptions as (

    select * from {{ ref('bv_subscription__versions') }}

),

promotions as (

    select * from {{ ref('dim_promotion') }}

),

mail_events as (

    select
        coalesce(campaign_bk, canvas_bk) as campaign_bk,
        coalesce(campaign_name, canvas_name) as campaign_name,
        campaign_bk is null as is_journey,
        user_hk,
        promotion_hk,
        substring_index(event_type, '.', -1) as step,
        is_machine_open,
        occurred_at,
        campaign_event_bk
    from campaign_events
    where
        not is_test
        and startswith(event_type, 'users.messages.email.')
        and coalesce(campaign_bk, canvas_bk) is not null

),

-- Each step is looked at by itself: who sees no pictures clicks without an open.
reached as (

    select
        campaign_bk,
        user_hk,
        max(step = 'Send') as is_sent,
        max(step = 'Delivery') as is_delivered,
        max(step = 'Open' and not is_machine_open) as is_opened,
        max(step = 'Click') as is_clicked
    from mail_events
    group by campaign_bk, user_hk

),

starts as (

    select distinct
        subscription_hk,
        user_hk,
        started_at
    from subscriptions

),

-- A subscription counts for the last click of any mail before it.
subscribed as (

    select
        starts.user_hk,
        max_by(mail_events.campaign_bk, struct(mail_events.occurred_at, mail_events.campaign_event_bk)) as campaign_bk
    from starts
    inner join mail_events
        on starts.user_hk = mail_events.user_hk
            and starts.started_at >= mail_events.occurred_at
            and starts.started_at <= mail_events.occurred_at + interval '{{ var("mail_attribution_days") }}' day
    where mail_events.step = 'Click'
    group by starts.subscription_hk, starts.user_hk, starts.started_at

),

subscribers as (

    select
        campaign_bk,
        count(distinct user_hk) as subscribed_count
    from subscribed
    group by campaign_bk

),

counts as (

    select
        campaign_bk,
        count_if(is_sent) as sent_count,
        count_if(is_delivered) as delivered_count,
        count_if(is_opened) as opened_count,
        count_if(is_clicked) as clicked_count,
        count_if(is_delivered and is_sent) as delivered_of_sent_count,
        count_if(is_opened and is_delivered) as opened_of_delivered_count,
        count_if(is_clicked and is_delivered) as clicked_of_delivered_count
    from reached
    group by campaign_bk

),

-- Names are those of the newest event.
campaigns as (

    select
        campaign_bk,
        max_by(campaign_name, struct(occurred_at, campaign_event_bk)) as campaign_name,
        max_by(is_journey, struct(occurred_at, campaign_event_bk)) as is_journey,
        max_by(promotion_hk, struct(occurred_at, campaign_event_bk)) as promotion_hk,
        min(occurred_at) filter (where step = 'Send') as first_sent_at,
        max(occurred_at) filter (where step = 'Send') as last_sent_at
    from mail_events
    group by campaign_bk

),

final as (

    select
        campaigns.campaign_bk,
        campaigns.campaign_name,
        campaigns.is_journey,
        coalesce(promotions.promotion_sk, {{ unknown_key() }}) as promotion_sk,
        promotions.promotion_bk,
        campaigns.first_sent_at,
        campaigns.last_sent_at,
        counts.sent_count,
        counts.delivered_count,
        counts.opened_count,
        counts.clicked_count,
        coalesce(subscribers.subscribed_count, 0) as subscribed_count,
        try_divide(counts.delivered_of_sent_count, counts.sent_count) as delivered_rate,
        try_divide(counts.opened_of_delivered_count, counts.delivered_count) as opened_rate,
        try_divide(counts.clicked_of_delivered_count, counts.delivered_count) as clicked_rate,
        try_divide(coalesce(subscribers.subscribed_count, 0), counts.clicked_count) as subscribed_rate
    from campaigns
    inner join counts on campaigns.campaign_bk = counts.campaign_bk
    left join subscribers on campaigns.campaign_bk = subscribers.campaign_bk
    left join promotions on campaigns.promotion_hk = promotions.promotion_hk and promotions.is_current

)

select * from final
