with

staged as (

    select count(*) as row_count
    from {{ ref('stg_marketing__placement') }}

),

linked as (

    select count(*) as row_count
    from {{ ref('nh_link_placement') }}

)

select
    staged.row_count as staged_count,
    linked.row_count as linked_count
from staged
cross join linked
where staged.row_count <> linked.row_count
