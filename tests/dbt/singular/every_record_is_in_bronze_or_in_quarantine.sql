-- Records of a file, counted at admission, less those in Bronze and in quarantine. Ask who runs the ingestion.
select
    file_name,
    row_count,
    landed_count,
    quarantined_count
from {{ source('lakevault', 'ledger') }}
where status = 'loaded' and row_count <> landed_count + quarantined_count
