select * from {{ source('raw', 'rejected_row') }}
