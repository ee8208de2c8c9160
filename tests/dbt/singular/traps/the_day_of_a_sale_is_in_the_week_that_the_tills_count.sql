-- Within a year, a week of the tills goes from Monday to Sunday. By days of UTC, Sunday evening would be in two weeks.
{{ config(group='promotions') }}

with

weeks as (

    select distinct
        dates.calendar_year,
        dates.week_start_date,
        sale_lines.sale_week
    from {{ ref('fct_sale_lines') }} as facts
    inner join {{ ref('dim_date') }} as dates on facts.date_key = dates.date_key
    inner join {{ ref('nh_link_sale_line') }} as sale_lines on facts.sale_line_hk = sale_lines.sale_line_hk

),

final as (

    select
        *,
        count(*) over (partition by calendar_year, week_start_date) as till_week_count,
        count(*) over (partition by calendar_year, sale_week) as calendar_week_count
    from weeks

)

select * from final
where till_week_count > 1 or calendar_week_count > 1
