-- Receipts, with the number of rows that are kept but withheld.
select file.* replace (coalesce(quarantine.row_count, 0) as quarantined_rows)
from {{ source('raw', 'source_file') }} as file
left join (
    select source_file_id, count(*) as row_count from {{ ref('int_permit__quarantine') }} group by source_file_id
) as quarantine on quarantine.source_file_id = file.source_file_id
