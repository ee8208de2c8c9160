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

lines_with_product as (

    select
        sale_lines.basket_bk,
        product_versions.product_hk
    from sale_lines
    inner join product_versions on sale_lines.product_sk = product_versions.product_sk
    where product_versions.product_sk <> {{ unknown_key() }}

),

total as (

    select
        count(distinct basket_bk) as basket_count,
        {{ var('affinity_min_support') }} * count(distinct basket_bk) as least_basket_count
    from lines_with_product

),

-- A pair is in no more baskets than each of its products has lines: the rare ones need not be paired.
sold_often as (

    select product_hk
    from lines_with_product
    group by product_hk
    having count(*) >= (select total.least_basket_count from total)

),

baskets as (

    select
        lines_with_product.basket_bk,
        collect_set(lines_with_product.product_hk) as product_hks
    from lines_with_product
    left semi join sold_often on lines_with_product.product_hk = sold_often.product_hk
    group by lines_with_product.basket_bk

),

basket_products as (

    select
        product_hks,
        explode(product_hks) as product_hk
    from baskets

),

product_baskets as (

    select
        product_hk,
        count(*) as basket_count
    from basket_products
    group by product_hk

),

basket_pairs as (

    select
        basket_products.product_hk as promoted_hk,
        explode(basket_products.product_hks) as other_hk
    from basket_products
    left semi join coverage on basket_products.product_hk = coverage.product_hk

),

pairs as (

    select
        promoted_hk,
        other_hk,
        count(*) as basket_count
    from basket_pairs
    where promoted_hk <> other_hk
    group by all
    having count(*) >= (select total.least_basket_count from total)

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
        promoted_baskets.basket_count as promoted_basket_count,
        other_baskets.basket_count as other_basket_count,
        pairs.basket_count / total.basket_count as support_rate,
        pairs.basket_count / promoted_baskets.basket_count as confidence_rate,
        pairs.basket_count * total.basket_count
        / (promoted_baskets.basket_count * other_baskets.basket_count) as lift
    from pairs
    cross join total
    inner join product_baskets as promoted_baskets on pairs.promoted_hk = promoted_baskets.product_hk
    inner join product_baskets as other_baskets on pairs.other_hk = other_baskets.product_hk
    inner join products as promoted on pairs.promoted_hk = promoted.product_hk
    inner join products as other on pairs.other_hk = other.product_hk

)

select * from final
