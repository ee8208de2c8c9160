select
    sale_line.sale_line_hk,
    sale_line.quantity,
    sale_line.unit_quantity,
    product.product_type
from {{ ref('fct_sale_lines') }} as sale_line
inner join {{ ref('dim_product') }} as product on sale_line.product_sk = product.product_sk
where
    (product.product_type like 'GASOLINE%' and sale_line.unit_quantity is not null)
    or (
        coalesce(product.product_type, '') not like 'GASOLINE%'
        and sale_line.unit_quantity is distinct from sale_line.quantity
    )
