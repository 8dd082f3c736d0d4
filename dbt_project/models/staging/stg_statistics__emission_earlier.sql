-- What a firmer edition of the same form replaced; the ledger shows it, nothing else reads it.
select *
from {{ edition_rows('statistics__emission', ['scheme', 'record_key', 'year(period_start)'], earlier=true) }} as earlier
