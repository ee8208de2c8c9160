with

source as (

    select * from {{ source('marketing', 'campaign') }}

),

final as (

    select
        campaign_id as promotion_bk,
        campaign_type,
        cast(try_to_timestamp(start_date, 'yyyy-MM-dd') as date) as start_date,
        cast(try_to_timestamp(end_date, 'yyyy-MM-dd') as date) as end_date,
        discount_terms,
        coalesce(try_to_timestamp(changed_at, 'yyyy-MM-dd HH:mm:ss'), load_dts) as applied_dts,
        load_id,
        {{ versioned_load_dts('campaign_id', 'changed_at') }} as load_dts,
        'marketing.campaign' as record_source
    from source

)

select * from final
