with

terms as (

    select * from {{ ref('sat_promotion__marketing_terms') }}

),

events as (

    select
        promotion_hk,
        applied_dts,
        load_dts,
        struct(campaign_type, start_date, end_date, discount_terms) as terms
    from terms

),

versions as (

    {{ versions_of('events', key='promotion_hk', attributes=['terms']) }}

),

final as (

    select
        promotion_sk,
        promotion_hk,
        terms.campaign_type,
        terms.start_date,
        terms.end_date,
        terms.discount_terms,
        valid_from,
        valid_to,
        first_known_at,
        known_at
    from versions

)

select * from final
