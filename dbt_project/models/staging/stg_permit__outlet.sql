select *
from {{ source('raw', 'permit__outlet') }}
