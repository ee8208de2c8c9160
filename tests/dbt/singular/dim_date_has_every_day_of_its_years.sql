with

bounds as (

    select
        min(calendar_date) as first_day,
        max(calendar_date) as last_day,
        count(*) as day_count
    from {{ ref('dim_date') }}
    where calendar_year > 1900

)

select * from bounds
where day_count <> datediff(last_day, first_day) + 1
    or first_day <> trunc(first_day, 'year')
    or last_day <> date_sub(add_months(trunc(last_day, 'year'), 12), 1)
