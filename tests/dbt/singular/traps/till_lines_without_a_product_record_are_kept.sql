-- Till lines whose product the ERP does not know meet an undescribed product, never the unknown member.
with

till_lines as (

    select count(*) as line_count
    from {{ ref('stg_pos__sale_line') }} as sale_line
    left anti join {{ ref('stg_erp__product') }} as product on sale_line.product_bk = product.product_bk

),

facts as (

    select count(*) as line_count
    from {{ ref('fct_sale_lines') }} as sale_line
    inner join {{ ref('dim_product') }} as product on sale_line.product_sk = product.product_sk
    where not product.has_description and product.product_sk <> {{ unknown_key() }}

)

select
    till_lines.line_count as till_line_count,
    facts.line_count as fact_line_count
from till_lines
cross join facts
where till_lines.line_count <> facts.line_count
