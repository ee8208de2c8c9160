with

terms as (

    select * from {{ ref('sat_promotion__marketing_terms') }}

),

-- At one applied point the last landed record wins: only the last event of a point becomes a version.
carried as (

    select
        *,
        first_value(applied_dts) over in_order as first_known_at,
        first_value(load_dts) over in_order as first_landed_at,
        lead(applied_dts) over in_order as next_applied_dts,
        lead(load_dts) over in_order as next_known_at
    from terms
    window in_order as (partition by promotion_hk order by applied_dts, load_dts)

),

final as (

    select
        {{ version_key('promotion_hk', 'applied_dts') }} as promotion_sk,
        promotion_hk,
        campaign_type,
        start_date,
        end_date,
        discount_terms,
        {{ valid_from('applied_dts') }} as valid_from,
        coalesce(next_applied_dts, {{ end_of_time() }}) as valid_to,
        first_known_at,
        greatest(load_dts, next_known_at, first_landed_at) as known_at
    from carried
    where next_applied_dts is null or next_applied_dts > applied_dts

)

select * from final
