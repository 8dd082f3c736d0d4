select *
from {{ edition_rows('statistics__fuel', ['scheme', 'record_key', 'year(period_start)']) }} as latest
