with

products as (

    select * from {{ ref('hub_product') }}

),

versions as (

    select * from {{ ref('snp_product') }}
    where dbt_valid_to = {{ end_of_time() }}

),

-- A key that only other feeds have named has no version yet; it gets the one that its first version will replace.
members as (

    select
        coalesce(versions.product_sk, {{ version_key('products.product_hk') }}) as product_sk,
        products.product_hk,
        products.product_bk,
        versions.manufacturer_bk,
        versions.department,
        versions.brand,
        versions.product_category,
        versions.product_type,
        versions.package_size,
        versions.list_price_amount,
        versions.currency,
        versions.department is not null as has_description,
        coalesce(versions.valid_from, {{ beginning_of_time() }}) as valid_from,
        coalesce(versions.valid_to, {{ end_of_time() }}) as valid_to,
        versions.first_known_at
    from products
    left join versions on products.product_hk = versions.product_hk

),

unknown_member as (

    select
        {{ unknown_key() }} as product_sk,
        {{ unknown_key() }} as product_hk,
        'unknown' as product_bk,
        cast(null as string) as manufacturer_bk,
        cast(null as string) as department,
        cast(null as string) as brand,
        cast(null as string) as product_category,
        cast(null as string) as product_type,
        cast(null as string) as package_size,
        cast(null as decimal(12, 2)) as list_price_amount,
        cast(null as string) as currency,
        false as has_description,
        {{ beginning_of_time() }} as valid_from,
        {{ end_of_time() }} as valid_to,
        cast(null as timestamp) as first_known_at

),

final as (

    {{ with_unknown_member('members', 'unknown_member') }}

)

select * from final
