-- Records of a file, counted before Spark saw it, less those in Bronze and in quarantine. Ask who runs the ingestion.
select
    file_name,
    row_count,
    landed_count,
    quarantined_count
from {{ source('lakevault', 'ledger') }}
where status in ('loaded', 'miscounted') and row_count <> landed_count + quarantined_count
