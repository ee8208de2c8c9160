with

source as (

    select * from {{ source('crm', 'customer') }}

),

final as (

    select
        household_id as customer_bk,
        first_name,
        last_name,
        email,
        phone,
        age as age_band,
        income as income_band,
        home_ownership,
        marital_status,
        household_size,
        household_comp as household_composition,
        kids_count,
        coalesce(try_to_timestamp(profile_updated_at, 'yyyy-MM-dd HH:mm:ss'), load_dts) as profile_updated_at,
        coalesce(try_to_timestamp(contact_updated_at, 'yyyy-MM-dd HH:mm:ss'), load_dts) as contact_updated_at,
        load_id,
        load_dts,
        'crm.customer' as record_source
    from source

)

select * from final
