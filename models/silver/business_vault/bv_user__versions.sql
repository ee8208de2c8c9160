with

members as (

    select * from {{ ref('sat_user__membership') }}

),

billing_customers as (

    select * from {{ ref('sat_user__billing') }}

),

events as (

    select
        user_hk,
        applied_dts,
        load_dts,
        struct(country, is_deleted) as membership,
        cast(
            null as struct<billing_customer_bk: string, country: string, currency: string, is_deleted: boolean>
        ) as billing
    from members

    union all

    select
        user_hk,
        applied_dts,
        load_dts,
        null as membership,
        struct(billing_customer_bk, country, currency, is_deleted) as billing
    from billing_customers

),

versions as (

    {{ versions_of('events', key='user_hk', attributes=['membership', 'billing']) }}

),

-- Of a user who pays, the country is that of the invoices.
final as (

    select
        user_sk,
        user_hk,
        billing.billing_customer_bk,
        coalesce(billing.country, membership.country) as country,
        billing.currency,
        coalesce(not membership.is_deleted, false) as is_member,
        coalesce(not billing.is_deleted, false) as is_billed,
        valid_from,
        valid_to,
        first_known_at,
        known_at
    from versions

)

select * from final
