select *
from {{ source('raw', 'permit__report') }}
