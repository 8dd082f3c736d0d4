-- Totals in CO2 equivalents per part stay apart (species CO2E): int_statistics__part splits them into gases.
select *
from {{ source('raw', 'statistics__emission') }}
