select *
from {{ source('raw', 'statistics__area') }}
