with

days as (

    select * from {{ ref('as_of_day') }}

),

sale_lines as (

    select * from {{ ref('nh_link_sale_line') }}

),

web_events as (

    select * from {{ ref('nh_link_web_event') }}

),

billing_events as (

    select * from {{ ref('nh_link_billing_event') }}

),

campaign_events as (

    select * from {{ ref('nh_link_campaign_event') }}

),

landings as (

    select max(load_dts) as load_dts from sale_lines

    union all

    select max(load_dts) as load_dts from web_events

    union all

    select max(load_dts) as load_dts from billing_events

    union all

    select max(load_dts) as load_dts from campaign_events

),

-- Not the time of the clock: what is known changes when something lands.
newest as (

    select date_trunc('second', max(load_dts)) as landed_at from landings

),

final as (

    select days.as_of_date as cut_off_at
    from days
    inner join newest on days.as_of_date < newest.landed_at
    where dayofmonth({{ business_day('days.as_of_date') }}) = 1

    union all

    select landed_at as cut_off_at
    from newest
    where landed_at is not null

)

select * from final
