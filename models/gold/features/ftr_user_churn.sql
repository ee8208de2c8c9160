with

users as (

    select * from {{ ref('hub_user') }}

),

cut_offs as (

    select * from {{ ref('as_of_cut_off') }}

),

billing_events as (

    select * from {{ ref('nh_link_billing_event') }}

),

campaign_events as (

    select * from {{ ref('nh_link_campaign_event') }}

),

spine as (

    select
        users.user_hk,
        cut_offs.cut_off_at
    from users
    inner join cut_offs on date_trunc('second', users.load_dts) <= cut_offs.cut_off_at
    where users.user_bk <> '-1'

),

-- A program that opens a mail ahead of its reader says nothing of the reader.
reactions as (

    select
        *,
        event_type like '%.Open' and not is_machine_open as is_open,
        event_type like '%.Click' as is_click
    from campaign_events
    where not is_test

),

billing_features as (

    {{ features_as_of(
        spine='spine',
        key='user_hk',
        events='billing_events',
        applied='occurred_at',
        features={
            'failed_payment_count_84d': {'as': 'count', 'where': "event_type = 'invoice.payment_failed'", 'days': 84},
            'paid_invoice_count': {'as': 'count', 'where': "event_type = 'invoice.paid'"},
            'subscription_change_count_84d': {
                'as': 'count', 'where': "event_type = 'customer.subscription.updated'", 'days': 84
            },
            'days_since_first_event': {'as': 'days_since_first'},
            'days_since_last_payment': {'as': 'days_since_last', 'where': "event_type = 'invoice.paid'"},
            'last_subscription_status': {
                'as': 'last', 'of': 'object_status', 'where': "object_type = 'subscription' and object_status is not null"
            },
        }
    ) }}

),

mail_features as (

    {{ features_as_of(
        spine='spine',
        key='user_hk',
        events='reactions',
        applied='occurred_at',
        features={
            'opened_mail_count_28d': {'as': 'count', 'where': 'is_open', 'days': 28},
            'clicked_mail_count_28d': {'as': 'count', 'where': 'is_click', 'days': 28},
            'days_since_last_click': {'as': 'days_since_last', 'where': 'is_click'},
        }
    ) }}

),

final as (

    select
        users.user_hk,
        users.user_bk,
        billing_features.cut_off_at,
        cast(billing_features.failed_payment_count_84d as int) as failed_payment_count_84d,
        cast(billing_features.paid_invoice_count as int) as paid_invoice_count,
        cast(billing_features.subscription_change_count_84d as int) as subscription_change_count_84d,
        billing_features.days_since_first_event,
        billing_features.days_since_last_payment,
        billing_features.last_subscription_status,
        cast(mail_features.opened_mail_count_28d as int) as opened_mail_count_28d,
        cast(mail_features.clicked_mail_count_28d as int) as clicked_mail_count_28d,
        mail_features.days_since_last_click
    from billing_features
    inner join users on billing_features.user_hk = users.user_hk
    inner join mail_features
        on billing_features.user_hk = mail_features.user_hk
            and billing_features.cut_off_at = mail_features.cut_off_at

)

select * from final
