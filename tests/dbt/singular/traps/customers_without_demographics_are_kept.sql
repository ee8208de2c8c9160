with

extract as (

    select count(distinct customer_bk) as customer_count
    from {{ ref('stg_crm__customer') }}
    where age_band is null

),

members as (

    select count(distinct customer_hk) as customer_count
    from {{ ref('dim_customer') }}
    where not has_demographics and customer_sk <> {{ unknown_key() }}

)

select
    extract.customer_count as extract_count,
    members.customer_count as member_count
from extract
cross join members
where extract.customer_count <> members.customer_count
