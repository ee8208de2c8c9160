{#- Bronze holds of every file as many records as the ledger says; a Bronze table is called <source>_<feed>. -#}
{% test bronze_equals_its_ledger(model) %}
with

bronze as (

    select
        file_name,
        load_id,
        count(*) as bronze_count
    from {{ model }}
    group by file_name, load_id

),

ledger as (

    select
        file_name,
        load_id,
        landed_count as ledger_count
    from {{ source('lakevault', 'ledger') }}
    where replace(feed, '.', '_') = '{{ model.identifier }}' and landed_count > 0

)

select
    coalesce(ledger.file_name, bronze.file_name) as file_name,
    coalesce(ledger.load_id, bronze.load_id) as load_id,
    ledger.ledger_count,
    bronze.bronze_count
from ledger
full outer join bronze on ledger.file_name = bronze.file_name and ledger.load_id = bronze.load_id
where ledger.ledger_count is distinct from bronze.bronze_count
{% endtest %}
