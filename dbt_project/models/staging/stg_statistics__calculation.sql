select *
from {{ edition_rows('statistics__calculation', ['scheme', 'record_key', 'year(period_start)']) }} as latest
