with

staged as (

    select count(distinct coupon_bk, product_bk, promotion_bk) as triple_count
    from {{ ref('stg_marketing__coupon') }}

),

linked as (

    select count(*) as triple_count
    from {{ ref('link_product_promotion') }}

)

select
    staged.triple_count as staged_count,
    linked.triple_count as linked_count
from staged
cross join linked
where staged.triple_count <> linked.triple_count
