with

report as (

    select
        coalesce(sum(sent_count), 0) as sent_count,
        coalesce(sum(delivered_count), 0) as delivered_count,
        coalesce(sum(opened_count), 0) as opened_count,
        coalesce(sum(clicked_count), 0) as clicked_count
    from {{ ref('rpt_campaign_engagement') }}

),

-- A user of a campaign or journey, once for each kind of event.
users as (

    select distinct
        campaign_bk,
        canvas_bk,
        user_hk,
        event_type
    from {{ ref('nh_link_campaign_event') }}
    where not is_test and not is_machine_open and (campaign_bk is not null or canvas_bk is not null)

),

events as (

    select
        count_if(event_type = 'users.messages.email.Send') as sent_count,
        count_if(event_type = 'users.messages.email.Delivery') as delivered_count,
        count_if(event_type = 'users.messages.email.Open') as opened_count,
        count_if(event_type = 'users.messages.email.Click') as clicked_count
    from users

),

final as (

    select
        report.sent_count as report_sent_count,
        events.sent_count as event_sent_count,
        report.delivered_count as report_delivered_count,
        events.delivered_count as event_delivered_count,
        report.opened_count as report_opened_count,
        events.opened_count as event_opened_count,
        report.clicked_count as report_clicked_count,
        events.clicked_count as event_clicked_count
    from report
    cross join events
    where
        report.sent_count <> events.sent_count
        or report.delivered_count <> events.delivered_count
        or report.opened_count <> events.opened_count
        or report.clicked_count <> events.clicked_count

)

select * from final
