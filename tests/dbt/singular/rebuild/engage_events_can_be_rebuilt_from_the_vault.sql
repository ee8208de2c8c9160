-- A message that was sent twice is no news; one with other values is a reject.
{{ config(group='vault') }}
{%- set columns %}
    event_type, campaign_bk, campaign_name, canvas_bk, canvas_name, canvas_step_bk, message_variation_bk, dispatch_bk,
    clicked_url, is_machine_open, is_test, test_user_id, occurred_at
{%- endset %}
{{ rebuild_differs(
    staged="select
        " ~ given_key('campaign_event_bk') ~ ", " ~ given_key('user_bk') ~ ",
        " ~ given_key('promotion_bk') ~ ", " ~ columns ~ ",
        min(load_dts) as load_dts
    from " ~ ref('stg_engage__event') ~ " group by all",
    rebuilt="select campaign_event_bk, user_bk, promotion_bk, " ~ columns ~ ", event.load_dts
    from (
        select * from " ~ ref('nh_link_campaign_event') ~ "
        union all
        select * except (reason) from " ~ ref('rej_campaign_event') ~ "
    ) as event
    inner join " ~ ref('hub_user') ~ " as member on event.user_hk = member.user_hk
    inner join " ~ ref('hub_promotion') ~ " as promotion on event.promotion_hk = promotion.promotion_hk",
) }}
