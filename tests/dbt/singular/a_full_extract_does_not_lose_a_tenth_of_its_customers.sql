-- A truncated extract would look like many customers who left. Ask the CRM's owner before such a delivery is believed.
with

extracts as (

    select
        load_id,
        row_count,
        lag(row_count) over (order by load_id) as previous_count
    from {{ source('lakevault', 'ledger') }}
    where feed = 'crm.customer' and status = 'loaded'

)

select * from extracts
where row_count < 0.9 * previous_count
