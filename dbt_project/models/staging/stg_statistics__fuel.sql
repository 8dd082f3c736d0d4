select *
from {{ source('raw', 'statistics__fuel') }}
