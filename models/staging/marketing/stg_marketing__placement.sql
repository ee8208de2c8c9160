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
        {{ week_start('try_cast(week as smallint)', business_day('load_dts', 'marketing')) }} as placed_on,
        load_id,
        load_dts,
        'marketing.placement' as record_source
    from source

)

select * from final
