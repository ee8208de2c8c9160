with

staged as (

    select count(*) as placement_count
    from {{ ref('stg_marketing__placement') }}

),

linked as (

    select count(*) as placement_count
    from {{ ref('nh_link_placement') }}

)

select
    staged.placement_count as staged_count,
    linked.placement_count as linked_count
from staged
cross join linked
where staged.placement_count <> linked.placement_count
