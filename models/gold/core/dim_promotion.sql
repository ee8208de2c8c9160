with

promotions as (

    select * from {{ ref('hub_promotion') }}

),

versions as (

    select * from {{ ref('snp_promotion') }}
    where dbt_valid_to = {{ end_of_time() }}

),

-- A key that only other feeds have named has no version yet; it gets the one that its first version will replace.
members as (

    select
        coalesce(versions.promotion_sk, {{ version_key('promotions.promotion_hk') }}) as promotion_sk,
        promotions.promotion_hk,
        promotions.promotion_bk,
        versions.campaign_type,
        versions.start_date,
        versions.end_date,
        versions.discount_terms,
        versions.campaign_type is not null as has_terms,
        coalesce(versions.valid_from, {{ beginning_of_time() }}) as valid_from,
        coalesce(versions.valid_to, {{ end_of_time() }}) as valid_to,
        versions.first_known_at
    from promotions
    left join versions on promotions.promotion_hk = versions.promotion_hk

),

unknown_member as (

    select
        {{ unknown_key() }} as promotion_sk,
        {{ unknown_key() }} as promotion_hk,
        'unknown' as promotion_bk,
        cast(null as string) as campaign_type,
        cast(null as date) as start_date,
        cast(null as date) as end_date,
        cast(null as string) as discount_terms,
        false as has_terms,
        {{ beginning_of_time() }} as valid_from,
        {{ end_of_time() }} as valid_to,
        cast(null as timestamp) as first_known_at

),

final as (

    {{ with_unknown_member('members', 'unknown_member') }}

)

select * from final
