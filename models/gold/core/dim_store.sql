with

stores as (

    select * from {{ ref('hub_store') }}

),

final as (

    select
        store_hk,
        store_bk
    from stores

    union all

    select
        {{ unknown_key() }} as store_hk,
        'unknown' as store_bk

)

select * from final
