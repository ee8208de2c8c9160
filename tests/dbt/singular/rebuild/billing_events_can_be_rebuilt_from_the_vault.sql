-- A message that was sent twice is no news.
{{ config(group='vault') }}
{{ rebuild_differs(
    staged="select
        billing_event_bk, " ~ given_key('user_bk') ~ ", event_type, api_version, is_live, object_type, object_bk,
        object_status, billing_customer_bk,
        subscription_bk, invoice_bk, charge_bk, payment_bk, billing_coupon_bk, amount_minor, currency, occurred_at,
        min(load_dts) as load_dts
    from " ~ ref('stg_billing__event') ~ " group by all",
    rebuilt="select
        billing_event_bk, user_bk, event_type, api_version, is_live, object_type, object_bk,
        object_status, billing_customer_bk,
        subscription_bk, invoice_bk, charge_bk, payment_bk, billing_coupon_bk, amount_minor, currency, occurred_at,
        event.load_dts
    from " ~ ref('nh_link_billing_event') ~ " as event
    inner join " ~ ref('hub_user') ~ " as users on event.user_hk = users.user_hk",
) }}
