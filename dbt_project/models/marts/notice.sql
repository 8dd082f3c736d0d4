select * from {{ source('raw', 'notice') }}
