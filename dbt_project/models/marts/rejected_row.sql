-- Rows refused when read, and rows that were read but are withheld as not credible.
select source_file_id, row_no, 'raw' as stage, table_name, column_name, value, reason_code, message
from {{ source('raw', 'rejected_row') }}
union all by name
select source_file_id, row_no, stage, table_name, column_name, value, reason_code, message
from {{ ref('int_permit__quarantine') }}
