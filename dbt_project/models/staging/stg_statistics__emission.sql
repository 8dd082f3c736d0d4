-- Totals in CO2 equivalents per part stay apart (species CO2E): int_statistics__part splits them into gases.
select *
from {{ edition_rows('statistics__emission', ['scheme', 'record_key', 'year(period_start)']) }} as latest
