{{ config(materialized='view') }}

-- What was known of each customer on each day: the PIT says which satellite row, so that equality joins are enough.
select
    hub.customer_id,
    pit.as_of_date,
    sat.customer_name,
    sat.city,
    branch.branch_id
from {{ ref('pit_customer') }} as pit
inner join {{ ref('hub_customer') }} as hub on pit.customer_hk = hub.customer_hk
left join {{ ref('sat_customer') }} as sat
    on pit.sat_customer_hk = sat.customer_hk and pit.sat_customer_load_dts = sat.load_dts
left join {{ ref('bridge_customer_branch') }} as bridge
    on pit.customer_hk = bridge.customer_hk and pit.as_of_date = bridge.as_of_date
left join {{ ref('link_customer_branch') }} as link on bridge.customer_branch_hk = link.customer_branch_hk
left join {{ ref('hub_branch') }} as branch on link.branch_hk = branch.branch_hk
