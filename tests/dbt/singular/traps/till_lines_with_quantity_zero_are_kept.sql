with

bronze as (

    select count(*) as line_count
    from {{ source('pos', 'sale_line') }}
    where try_cast(quantity as bigint) = 0

),

facts as (

    select count(*) as line_count
    from {{ ref('fct_sale_lines') }}
    where quantity = 0

)

select
    bronze.line_count as bronze_count,
    facts.line_count as fact_count
from bronze
cross join facts
where bronze.line_count <> facts.line_count
