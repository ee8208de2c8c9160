-- MRR of a user at the end of a month: of each subscription, that of the version which was valid then.
with

movements as (

    select
        dim.user_hk,
        facts.month_start_date,
        facts.currency,
        facts.closing_amount
    from {{ ref('fct_mrr_movements') }} as facts
    inner join {{ ref('dim_user') }} as dim on facts.user_sk = dim.user_sk

),

subscriptions as (

    select
        movements.user_hk,
        movements.month_start_date,
        movements.currency,
        sum(mrr.mrr_minor) as mrr_minor
    from movements
    inner join {{ ref('bv_subscription__versions') }} as versions
        on movements.user_hk = versions.user_hk
            and movements.currency = versions.currency
            and {{ business_day_start('add_months(movements.month_start_date, 1)', 'billing') }} > versions.valid_from
            and {{ business_day_start('add_months(movements.month_start_date, 1)', 'billing') }} <= versions.valid_to
    inner join {{ ref('bv_subscription__mrr') }} as mrr
        on versions.subscription_hk = mrr.subscription_hk
            and versions.valid_from = mrr.valid_from
    group by movements.user_hk, movements.month_start_date, movements.currency

)

select
    movements.*,
    subscriptions.mrr_minor
from movements
left join {{ ref('currencies') }} as currencies on movements.currency = currencies.currency
left join subscriptions
    on movements.user_hk = subscriptions.user_hk
        and movements.month_start_date = subscriptions.month_start_date
        and movements.currency = subscriptions.currency
where movements.closing_amount is distinct from {{ major_amount('subscriptions.mrr_minor', 'currencies.minor_digits') }}
