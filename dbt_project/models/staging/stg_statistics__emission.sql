-- Totals in CO2 equivalents per part stay apart (species CO2E): int_statistics__part splits them into gases.
select *
from {{ latest_rows('statistics__emission') }} as latest
