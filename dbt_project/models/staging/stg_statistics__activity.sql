select *
from {{ edition_rows('statistics__activity', ['scheme', 'record_key', 'year(period_start)']) }} as latest
