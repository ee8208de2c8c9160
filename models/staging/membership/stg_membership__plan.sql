with

source as (

    select * from {{ source('membership', 'plan') }}

),

changes as (

    {{ change_rows('source', key='plan_id', columns=['plan_name', 'monthly_amount', 'currency']) }}

),

final as (

    select
        plan_id as subscription_plan_bk,
        plan_name,
        {{ exact_decimal('monthly_amount', 8, 2) }} as monthly_amount,
        currency,
        is_deleted,
        change_at as applied_dts,
        load_id,
        {{ versioned_load_dts('plan_id', 'change_lsn, change_order') }} as load_dts,
        'membership.plan' as record_source
    from changes

)

select * from final
