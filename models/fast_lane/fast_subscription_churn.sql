{{ fast_lane(
    owner='subscriptions',
    reason='churn by month is needed in two days, and the governed rpt_churn takes two weeks',
    expires='2018-06-30'
) }}

with

source as (

    select * from {{ source('billing', 'event') }}

),

changes as (

    select
        get_json_object(data, '$.object.id') as subscription_bk,
        get_json_object(data, '$.object.customer') as billing_customer_bk,
        type = 'customer.subscription.deleted' as is_deleted,
        timestamp_seconds(try_cast(created as bigint)) as occurred_at
    from source
    where type like 'customer.subscription.%' or type = 'subscription.snapshot'

),

-- However often and in whatever order the messages came.
subscriptions as (

    select
        subscription_bk,
        billing_customer_bk,
        min(occurred_at) as began_at,
        max(if(is_deleted, occurred_at, null)) as ended_at
    from changes
    group by subscription_bk, billing_customer_bk

),

months as (

    select
        explode(sequence(
            cast(date_trunc('month', min(occurred_at)) as date), cast(max(occurred_at) as date), interval 1 month
        )) as month_start_date
    from changes

),

counts as (

    select
        months.month_start_date,
        count(distinct subscriptions.billing_customer_bk) as subscriber_count,
        count(distinct if(
            subscriptions.ended_at < add_months(months.month_start_date, 1), subscriptions.billing_customer_bk, null
        )) as churned_count
    from months
    inner join subscriptions
        on months.month_start_date > subscriptions.began_at
            and coalesce(months.month_start_date <= subscriptions.ended_at, true)
    group by months.month_start_date

),

final as (

    select
        month_start_date,
        subscriber_count,
        churned_count,
        churned_count / subscriber_count as churn_rate
    from counts

)

select * from final
