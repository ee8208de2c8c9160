{{ config(materialized='view') }}

with

pit as (

    select * from {{ ref('pit_customer') }}

),

demographics as (

    {{ in_force(ref('sat_customer__crm_demographics'), 'customer_hk', 'profile_updated_at') }}

),

final as (

    select
        pit.customer_hk,
        pit.as_of_date,
        demographics.age_band,
        demographics.income_band,
        demographics.home_ownership,
        demographics.marital_status,
        demographics.household_size,
        demographics.household_composition,
        demographics.kids_count,
        demographics.profile_updated_at,
        pit.sat_customer__crm_contact_hk <> {{ unknown_key() }} as has_contact
    from pit
    left join demographics
        on pit.customer_hk = demographics.customer_hk
            and pit.as_of_date >= demographics.in_force_from
            and pit.as_of_date < demographics.in_force_to

)

select * from final
