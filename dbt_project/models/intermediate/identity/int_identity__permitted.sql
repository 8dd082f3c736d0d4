-- Permitted amounts by source as shares of a plant: the outlet where the permit gives one, <site>:SITE for the plant's
-- total. Where the amount of one outlet is not credible, those of its sisters would take its share, so there are none.
select amount.site_id, amount.source_id, amount.is_site_total, amount.species, amount.year, amount.permitted_kg
from {{ ref('int_permit__amount') }} as amount
where
    amount.permitted_kg is not null
    and (
        amount.is_site_total
        or (amount.site_id, amount.species, amount.year) not in (
            select (site_id, species, year) from {{ ref('int_permit__amount') }}
            where permitted_kg is null and not is_site_total
        )
    )
