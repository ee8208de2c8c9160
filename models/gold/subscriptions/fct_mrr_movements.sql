with

versions as (

    select * from {{ ref('bv_subscription__versions') }}

),

mrr as (

    select * from {{ ref('bv_subscription__mrr') }}

),

users as (

    select * from {{ ref('dim_user') }}

),

currencies as (

    select * from {{ ref('currencies') }}

),

rates as (

    select * from {{ ref('exchange_rates') }}

),

changes as (

    select
        versions.user_hk,
        versions.currency,
        {{ business_day('versions.valid_from', 'billing') }} as moved_on,
        mrr.mrr_minor - lag(mrr.mrr_minor, 1, 0) over (
            partition by versions.subscription_hk order by versions.valid_from
        ) as change_minor
    from versions
    inner join mrr
        on versions.subscription_hk = mrr.subscription_hk
            and versions.valid_from = mrr.valid_from

),

-- A change that is taken back on the same day is none, in whichever subscription of the user.
day_changes as (

    select
        user_hk,
        currency,
        moved_on,
        sum(change_minor) as change_minor
    from changes
    group by user_hk, currency, moved_on
    having sum(change_minor) <> 0

),

days as (

    select
        *,
        sum(change_minor) over in_order as closing_minor,
        row_number() over in_order as change_number
    from day_changes
    window in_order as (partition by user_hk, currency order by moved_on)

),

movements as (

    select
        user_hk,
        currency,
        trunc(moved_on, 'MM') as month_start_date,
        closing_minor,
        change_number,
        abs(change_minor) as moved_minor,
        case
            when change_number = 1 then 'new'
            when closing_minor = change_minor then 'reactivation'
            when closing_minor = 0 then 'churn'
            when change_minor > 0 then 'expansion'
            else 'contraction'
        end as kind
    from days

),

moved_months as (

    select
        user_hk,
        currency,
        month_start_date,
        coalesce(sum(moved_minor) filter (where kind = 'new'), 0) as new_minor,
        coalesce(sum(moved_minor) filter (where kind = 'reactivation'), 0) as reactivation_minor,
        coalesce(sum(moved_minor) filter (where kind = 'expansion'), 0) as expansion_minor,
        coalesce(sum(moved_minor) filter (where kind = 'contraction'), 0) as contraction_minor,
        coalesce(sum(moved_minor) filter (where kind = 'churn'), 0) as churn_minor
    from movements
    group by user_hk, currency, month_start_date

),

first_months as (

    select
        user_hk,
        currency,
        min(month_start_date) as first_month,
        add_months(trunc({{ business_day(now(), 'billing') }}, 'MM'), -1) as last_month
    from moved_months
    group by user_hk, currency

),

-- Every month from the first one with MRR to the last one that is over.
spans as (

    select
        user_hk,
        currency,
        explode(sequence(first_month, last_month, interval 1 month)) as month_start_date
    from first_months
    where first_month <= last_month

),

months as (

    select
        spans.user_hk,
        spans.currency,
        spans.month_start_date,
        coalesce(moved_months.new_minor, 0) as new_minor,
        coalesce(moved_months.reactivation_minor, 0) as reactivation_minor,
        coalesce(moved_months.expansion_minor, 0) as expansion_minor,
        coalesce(moved_months.contraction_minor, 0) as contraction_minor,
        coalesce(moved_months.churn_minor, 0) as churn_minor,
        sum(coalesce(
            moved_months.new_minor + moved_months.reactivation_minor + moved_months.expansion_minor
            - moved_months.contraction_minor - moved_months.churn_minor,
            0
        )) over (partition by spans.user_hk, spans.currency order by spans.month_start_date) as closing_minor
    from spans
    left join moved_months
        on spans.user_hk = moved_months.user_hk
            and spans.currency = moved_months.currency
            and spans.month_start_date = moved_months.month_start_date

),

amounts as (

    select
        months.user_hk,
        months.month_start_date,
        months.currency,
        rates.rate,
        {%- for kind in ['new', 'reactivation', 'expansion', 'contraction', 'churn', 'closing'] %}
            {{ major_amount('months.' ~ kind ~ '_minor', 'currencies.minor_digits') }} as {{ kind }}_amount,
        {%- endfor %}
        {{ business_day_start('add_months(months.month_start_date, 1)', 'billing') }} as ended_at
    from months
    left join currencies on months.currency = currencies.currency
    left join rates on months.currency = rates.currency and months.month_start_date = rates.month_start_date

),

-- Each movement at the rate of its month. What the closing amount is worth besides is the work of the rates.
reported as (

    select
        *,
        lag(closing_amount, 1, 0) over in_order as opening_amount,
        {%- for kind in ['new', 'reactivation', 'expansion', 'contraction', 'churn', 'closing'] %}
            cast(round({{ kind }}_amount * rate, 2) as decimal(18, 2)) as reported_{{ kind }}_amount,
        {%- endfor %}
        lag(cast(round(closing_amount * rate, 2) as decimal(18, 2)), 1, 0) over in_order as reported_opening_amount
    from amounts
    window in_order as (partition by user_hk, currency order by month_start_date)

),

final as (

    select
        upper(md5(concat_ws('||', reported.user_hk, reported.currency, reported.month_start_date))) as mrr_movement_hk,
        reported.month_start_date,
        {{ date_key('last_day(reported.month_start_date)') }} as date_key,
        coalesce(users.user_sk, {{ unknown_key() }}) as user_sk,
        reported.currency,
        cast(reported.opening_amount as decimal(18, 2)) as opening_amount,
        reported.new_amount,
        reported.reactivation_amount,
        reported.expansion_amount,
        reported.contraction_amount,
        reported.churn_amount,
        reported.closing_amount,
        cast(reported.reported_opening_amount as decimal(18, 2)) as reported_opening_amount,
        reported.reported_new_amount,
        reported.reported_reactivation_amount,
        reported.reported_expansion_amount,
        reported.reported_contraction_amount,
        reported.reported_churn_amount,
        cast(
            reported.reported_closing_amount - reported.reported_opening_amount - reported.reported_new_amount
            - reported.reported_reactivation_amount - reported.reported_expansion_amount
            + reported.reported_contraction_amount + reported.reported_churn_amount as decimal(18, 2)
        ) as reported_fx_amount,
        reported.reported_closing_amount
    from reported
    left join users
        on reported.user_hk = users.user_hk
            and reported.ended_at > users.valid_from
            and reported.ended_at <= users.valid_to

)

select * from final
