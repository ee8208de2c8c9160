-- Records of a file, as counted at admission, less those in Bronze (bronze_equals_its_ledger counts them) and in the
-- quarantine table. `lakevault accept` settles a difference that somebody has looked at.
with

quarantined as (

    select
        load_id,
        file_name,
        count(*) as quarantined_count
    from {{ source('lakevault', 'quarantine') }}
    group by load_id, file_name

),

accepted as (

    select entry_id
    from {{ source('lakevault', 'settled') }}
    where decision = 'accepted'

),

final as (

    select
        ledger.file_name,
        ledger.row_count,
        ledger.landed_count,
        coalesce(quarantined.quarantined_count, 0) as quarantined_count
    from {{ source('lakevault', 'ledger') }} as ledger
    left join quarantined
        on ledger.load_id = quarantined.load_id and ledger.file_name = quarantined.file_name
    left anti join accepted on ledger.file_id = accepted.entry_id
    where ledger.status = 'loaded'

)

select * from final
where row_count <> landed_count + quarantined_count
