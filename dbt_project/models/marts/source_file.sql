select * from {{ source('raw', 'source_file') }}
