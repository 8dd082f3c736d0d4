select *
from {{ source('raw', 'monitoring__hour') }}
