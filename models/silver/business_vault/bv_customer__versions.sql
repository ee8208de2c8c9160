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

appearances as (

    select
        tracking.customer_hk,
        tracking.load_dts,
        extracts.next_extract,
        extracts.previous_extract,
        lead(tracking.load_dts) over in_order as next_appearance,
        lag(tracking.load_dts) over in_order as previous_appearance
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
    from appearances
    where next_extract is not null and (next_appearance is null or next_appearance > next_extract)

    union all

    select
        customer_hk,
        load_dts,
        false as is_deleted
    from appearances
    where previous_appearance < previous_extract

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

versions as (

    {{ versions_of('events', key='customer_hk', attributes=['profile', 'is_deleted']) }}

),

final as (

    select
        customer_sk,
        customer_hk,
        profile.age_band,
        profile.income_band,
        profile.home_ownership,
        profile.marital_status,
        profile.household_size,
        profile.household_composition,
        profile.kids_count,
        coalesce(is_deleted, false) as is_deleted,
        valid_from,
        valid_to,
        first_known_at,
        known_at
    from versions

)

select * from final
