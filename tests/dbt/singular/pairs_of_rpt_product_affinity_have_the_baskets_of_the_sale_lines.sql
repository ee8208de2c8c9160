with

product_baskets as (

    select
        products.product_bk,
        count(distinct sale_lines.basket_bk) as basket_count
    from {{ ref('fct_sale_lines') }} as sale_lines
    inner join {{ ref('dim_product') }} as products on sale_lines.product_sk = products.product_sk
    group by products.product_bk

),

pairs as (

    select * from {{ ref('rpt_product_affinity') }}

)

select
    pairs.promoted_product_bk,
    pairs.other_product_bk,
    pairs.promoted_basket_count,
    product_baskets.basket_count,
    pairs.lift,
    reversed_pairs.lift as reversed_lift
from pairs
left join product_baskets on pairs.promoted_product_bk = product_baskets.product_bk
left join pairs as reversed_pairs
    on pairs.promoted_product_bk = reversed_pairs.other_product_bk
        and pairs.other_product_bk = reversed_pairs.promoted_product_bk
where pairs.promoted_basket_count is distinct from product_baskets.basket_count
    or pairs.support_rate <> reversed_pairs.support_rate
    or abs(pairs.lift - reversed_pairs.lift) > 0.000001
