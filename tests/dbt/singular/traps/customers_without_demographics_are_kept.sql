with

delivered as (

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
    delivered.customer_count as delivered_count,
    members.customer_count as member_count
from delivered
cross join members
where delivered.customer_count <> members.customer_count
