with

sale_lines as (

    select * from {{ ref('fct_sale_lines') }}

),

product_versions as (

    select * from {{ ref('dim_product') }}

),

coverage as (

    select * from {{ ref('link_product_promotion') }}

),

products as (

    select * from product_versions
    where is_current and product_sk <> {{ unknown_key() }}

),

basket_products as (

    select distinct
        sale_lines.basket_bk,
        product_versions.product_hk
    from sale_lines
    inner join product_versions on sale_lines.product_sk = product_versions.product_sk
    where product_versions.product_sk <> {{ unknown_key() }}

),

baskets as (

    select count(distinct basket_bk) as basket_count
    from basket_products

),

-- A pair is in no more baskets than each of its products: the rare ones need not be paired.
frequent_products as (

    select
        basket_products.product_hk,
        baskets.basket_count,
        count(*) as product_basket_count
    from basket_products
    cross join baskets
    group by all
    having count(*) >= {{ var('affinity_min_support') }} * baskets.basket_count

),

frequent_basket_products as (

    select
        basket_products.basket_bk,
        basket_products.product_hk
    from basket_products
    inner join frequent_products on basket_products.product_hk = frequent_products.product_hk

),

promoted_basket_products as (

    select frequent_basket_products.*
    from frequent_basket_products
    left semi join coverage on frequent_basket_products.product_hk = coverage.product_hk

),

pairs as (

    select
        promoted.product_hk as promoted_hk,
        other.product_hk as other_hk,
        count(*) as basket_count
    from promoted_basket_products as promoted
    inner join frequent_basket_products as other
        on promoted.basket_bk = other.basket_bk and promoted.product_hk <> other.product_hk
    group by all

),

final as (

    select
        promoted.product_sk as promoted_product_sk,
        other.product_sk as other_product_sk,
        promoted.product_bk as promoted_product_bk,
        promoted.product_type as promoted_product_type,
        other.product_bk as other_product_bk,
        other.product_type as other_product_type,
        pairs.basket_count,
        promoted_frequency.product_basket_count as promoted_basket_count,
        other_frequency.product_basket_count as other_basket_count,
        pairs.basket_count / promoted_frequency.basket_count as support_rate,
        pairs.basket_count / promoted_frequency.product_basket_count as confidence_rate,
        pairs.basket_count * promoted_frequency.basket_count
        / (promoted_frequency.product_basket_count * other_frequency.product_basket_count) as lift
    from pairs
    inner join frequent_products as promoted_frequency on pairs.promoted_hk = promoted_frequency.product_hk
    inner join frequent_products as other_frequency on pairs.other_hk = other_frequency.product_hk
    inner join products as promoted on pairs.promoted_hk = promoted.product_hk
    inner join products as other on pairs.other_hk = other.product_hk
    where pairs.basket_count >= {{ var('affinity_min_support') }} * promoted_frequency.basket_count

)

select * from final
