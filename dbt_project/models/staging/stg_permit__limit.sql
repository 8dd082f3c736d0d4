select *
from {{ source('raw', 'permit__limit') }}
