with

delivered as (

    select distinct customer_bk
    from {{ ref('stg_crm__customer') }}
    where age_band is null

),

members as (

    select customer_bk
    from {{ ref('dim_customer') }}
    where not has_demographics

)

select delivered.customer_bk
from delivered
left anti join members on delivered.customer_bk = members.customer_bk
