with

customers as (

    select * from {{ ref('hub_customer') }}

),

versions as (

    select * from {{ ref('snp_customer') }}
    where dbt_valid_to = {{ end_of_time() }}

),

bands as (

    select * from {{ ref('bands') }}

),

-- A key that only other feeds have named has no version yet; it gets the one that its first version will replace.
members as (

    select
        coalesce(versions.customer_sk, {{ version_key('customers.customer_hk') }}) as customer_sk,
        customers.customer_hk,
        customers.customer_bk,
        versions.age_band,
        age_bands.band_order as age_band_order,
        versions.income_band,
        income_bands.band_order as income_band_order,
        versions.home_ownership,
        versions.marital_status,
        versions.household_size,
        versions.household_composition,
        versions.kids_count,
        versions.is_deleted,
        versions.age_band is not null as has_demographics,
        coalesce(versions.valid_from, {{ beginning_of_time() }}) as valid_from,
        coalesce(versions.valid_to, {{ end_of_time() }}) as valid_to,
        versions.first_known_at
    from customers
    left join versions on customers.customer_hk = versions.customer_hk
    left join bands as age_bands on versions.age_band = age_bands.band and age_bands.band_kind = 'age'
    left join bands as income_bands on versions.income_band = income_bands.band and income_bands.band_kind = 'income'

),

unknown_member as (

    select
        {{ unknown_key() }} as customer_sk,
        {{ unknown_key() }} as customer_hk,
        'unknown' as customer_bk,
        cast(null as string) as age_band,
        cast(null as int) as age_band_order,
        cast(null as string) as income_band,
        cast(null as int) as income_band_order,
        cast(null as string) as home_ownership,
        cast(null as string) as marital_status,
        cast(null as string) as household_size,
        cast(null as string) as household_composition,
        cast(null as string) as kids_count,
        cast(null as boolean) as is_deleted,
        false as has_demographics,
        {{ beginning_of_time() }} as valid_from,
        {{ end_of_time() }} as valid_to,
        cast(null as timestamp) as first_known_at

),

final as (

    {{ with_unknown_member('members', 'unknown_member') }}

)

select * from final
