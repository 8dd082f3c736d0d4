select *
from {{ source('raw', 'permit__fuel') }}
