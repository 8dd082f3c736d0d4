select
    *,
    make_date(cast(year as integer), 1, 1) as valid_from,
    make_date(cast(year as integer), 12, 31) as valid_to
from {{ edition_rows('statistics__unit', ['scheme', 'record_key', 'year']) }} as latest
