with

source as (

    select * from {{ source('marketing', 'campaign_target') }}

),

final as (

    select
        campaign_id as promotion_bk,
        household_id as customer_bk,
        coalesce(try_to_timestamp(targeted_at, 'yyyy-MM-dd HH:mm:ss'), load_dts) as targeted_at,
        load_id,
        load_dts,
        'marketing.campaign_target' as record_source
    from source

)

select * from final
