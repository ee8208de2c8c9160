with

days as (

    select explode(sequence(date'2016-01-01', date'2018-12-31')) as calendar_date

),

holidays as (

    select * from {{ ref('holidays') }}

),

final as (

    select
        {{ date_key('days.calendar_date') }} as date_key,
        days.calendar_date,
        year(days.calendar_date) as calendar_year,
        quarter(days.calendar_date) as calendar_quarter,
        month(days.calendar_date) as calendar_month,
        cast(date_trunc('week', days.calendar_date) as date) as week_start_date,
        weekday(days.calendar_date) + 1 as day_of_week,
        weekday(days.calendar_date) >= 5 as is_weekend,
        holidays.holiday_name
    from days
    left join holidays on days.calendar_date = holidays.holiday_date

    union all

    select
        19000101 as date_key,
        date'1900-01-01' as calendar_date,
        1900 as calendar_year,
        1 as calendar_quarter,
        1 as calendar_month,
        date'1900-01-01' as week_start_date,
        1 as day_of_week,
        false as is_weekend,
        'unknown' as holiday_name

)

select * from final
