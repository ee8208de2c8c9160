with

sale_lines as (

    select * from {{ ref('nh_link_sale_line') }}

),

returns as (

    select * from {{ ref('nh_link_return_line') }}

),

redemptions as (

    select * from {{ ref('nh_link_coupon_redemption') }}

),

web_events as (

    select * from {{ ref('nh_link_web_event') }}

),

promotion_versions as (

    select * from {{ ref('bv_promotion__versions') }}

),

subscription_versions as (

    select * from {{ ref('bv_subscription__versions') }}

),

billed_lines as (

    select * from {{ ref('bv_invoice_line__billed') }}

),

holidays as (

    select * from {{ ref('holidays') }}

),

-- Ends of promotions are left out: a promotion without end would give eight thousand years.
spans as (

    select
        {{ business_day('min(sold_at)', 'pos') }} as first_day,
        {{ business_day('max(sold_at)', 'pos') }} as last_day
    from sale_lines

    union all

    select
        {{ business_day('min(returned_at)', 'pos') }} as first_day,
        {{ business_day('max(returned_at)', 'pos') }} as last_day
    from returns

    union all

    select
        min(redeemed_on) as first_day,
        max(redeemed_on) as last_day
    from redemptions

    union all

    select
        {{ business_day('min(occurred_at)', 'shop') }} as first_day,
        {{ business_day('max(occurred_at)', 'shop') }} as last_day
    from web_events

    union all

    select
        min(start_date) as first_day,
        max(start_date) as last_day
    from promotion_versions

    union all

    select
        {{ business_day('min(valid_from)', 'billing') }} as first_day,
        {{ business_day('max(valid_from)', 'billing') }} as last_day
    from subscription_versions

    union all

    select
        {{ business_day('least(min(period_start_at), min(finalized_at))', 'billing') }} as first_day,
        {{ business_day('greatest(max(period_end_at), max(finalized_at))', 'billing') }} as last_day
    from billed_lines

    union all

    select
        {{ business_day(now()) }} as first_day,
        {{ business_day(now()) }} as last_day

),

days as (

    select
        explode(sequence(
            trunc(min(first_day), 'year'),
            date_sub(add_months(trunc(max(last_day), 'year'), 12), 1)
        )) as calendar_date
    from spans

),

calendar as (

    select
        days.calendar_date,
        holidays.holiday_name
    from days
    left join holidays on days.calendar_date = holidays.holiday_date

    union all

    select
        date'1900-01-01' as calendar_date,
        'unknown' as holiday_name

),

final as (

    select
        {{ date_key('calendar_date') }} as date_key,
        calendar_date,
        year(calendar_date) as calendar_year,
        quarter(calendar_date) as calendar_quarter,
        month(calendar_date) as calendar_month,
        concat_ws('-Q', year(calendar_date), quarter(calendar_date)) as calendar_year_quarter,
        date_format(calendar_date, 'yyyy-MM') as calendar_year_month,
        cast(date_trunc('month', calendar_date) as date) as month_start_date,
        cast(date_trunc('week', calendar_date) as date) as week_start_date,
        weekday(calendar_date) + 1 as day_of_week,
        weekday(calendar_date) >= 5 as is_weekend,
        holiday_name
    from calendar

)

select * from final
