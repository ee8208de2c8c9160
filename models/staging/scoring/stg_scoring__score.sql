with

source as (

    select * from {{ source('scoring', 'score') }}

),

final as (

    select
        model_name as model_bk,
        try_cast(model_version as int) as model_version,
        household_id as customer_bk,
        campaign_id as promotion_bk,
        coalesce(try_to_timestamp(cut_off_at, 'yyyy-MM-dd HH:mm:ss'), load_dts) as cut_off_at,
        {{ exact_decimal('score', 9, 6) }} as score,
        coalesce(try_to_timestamp(scored_at, 'yyyy-MM-dd HH:mm:ss'), load_dts) as scored_at,
        load_id,
        load_dts,
        'scoring.score' as record_source
    from source

)

select * from final
