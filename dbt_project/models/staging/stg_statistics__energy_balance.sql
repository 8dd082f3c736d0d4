-- Balances in force; the input of transformation counts as use, whatever sign the balance gives it.
select * replace (
    case when sector in ('power', 'heat', 'other_transformation') then abs(amount) else amount end as amount
)
from {{ edition_rows('statistics__energy_balance', ['region_code', 'year(period_start)']) }} as latest
