with

source as (

    select * from {{ source('marketing', 'placement') }}

),

final as (

    select
        product_id as product_bk,
        store_id as store_bk,
        display_location,
        mailer_location,
        try_cast(week as int) as placement_week,
        date_add(date'2016-12-26', 7 * (try_cast(week as int) - 1)) as placed_on,
        load_id,
        load_dts,
        'marketing.placement' as record_source
    from source

)

select * from final
