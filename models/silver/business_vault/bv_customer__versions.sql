with

demographics as (

    select * from {{ ref('sat_customer__crm_demographics') }}

),

tracking as (

    select * from {{ ref('rts_customer__crm') }}

),

extracts as (

    select
        load_dts,
        lead(load_dts) over (order by load_dts) as next_extract,
        lag(load_dts) over (order by load_dts) as previous_extract
    from (select distinct load_dts from tracking) as extract_times

),

sightings as (

    select
        tracking.customer_hk,
        tracking.load_dts,
        extracts.next_extract,
        extracts.previous_extract,
        lead(tracking.load_dts) over in_order as next_sighting,
        lag(tracking.load_dts) over in_order as previous_sighting
    from tracking
    inner join extracts on tracking.load_dts = extracts.load_dts
    window in_order as (partition by tracking.customer_hk order by tracking.load_dts)

),

-- Who was in one full extract and is missing from the next was deleted at the source; who is back was not, any more.
presence as (

    select
        customer_hk,
        next_extract as load_dts,
        true as is_deleted
    from sightings
    where next_extract is not null and (next_sighting is null or next_sighting > next_extract)

    union all

    select
        customer_hk,
        load_dts,
        false as is_deleted
    from sightings
    where previous_sighting < previous_extract

),

events as (

    select
        customer_hk,
        profile_updated_at as applied_dts,
        load_dts,
        struct(
            age_band, income_band, home_ownership, marital_status, household_size, household_composition, kids_count
        ) as profile,
        cast(null as boolean) as is_deleted
    from demographics

    union all

    select
        customer_hk,
        load_dts as applied_dts,
        load_dts,
        null as profile,
        is_deleted
    from presence

),

-- At one applied point the last landed record wins: only the last event of a point becomes a version.
carried as (

    select
        customer_hk,
        applied_dts,
        last_value(profile, true) over so_far as profile,
        coalesce(last_value(is_deleted, true) over so_far, false) as is_deleted,
        last_value(if(profile is not null, load_dts, null), true) over so_far as profile_known_at,
        last_value(if(is_deleted is not null, load_dts, null), true) over so_far as presence_known_at,
        first_value(applied_dts) over so_far as first_known_at,
        first_value(load_dts) over so_far as first_landed_at,
        lead(applied_dts) over in_order as next_applied_dts,
        lead(load_dts) over in_order as next_known_at
    from events
    window
        in_order as (partition by customer_hk order by applied_dts, load_dts),
        so_far as (
            partition by customer_hk order by applied_dts, load_dts
            rows between unbounded preceding and current row
        )

),

final as (

    select
        {{ version_key('customer_hk', 'applied_dts') }} as customer_sk,
        customer_hk,
        profile.age_band,
        profile.income_band,
        profile.home_ownership,
        profile.marital_status,
        profile.household_size,
        profile.household_composition,
        profile.kids_count,
        is_deleted,
        {{ valid_from('applied_dts') }} as valid_from,
        coalesce(next_applied_dts, {{ end_of_time() }}) as valid_to,
        first_known_at,
        greatest(profile_known_at, presence_known_at, next_known_at, first_landed_at) as known_at
    from carried
    where next_applied_dts is null or next_applied_dts > applied_dts

)

select * from final
