-- Default half-width of a method for a species where it differs from the method's own: of this territory before any other.
select special.method_code, special.species, special.uncertainty_pct
from {{ ref('uncertainty_species') }} as special
cross join {{ source('raw', 'feed_set') }} as feed_set
where special.territory in ('*', feed_set.territory)
qualify row_number() over (partition by special.method_code, special.species order by special.territory = '*') = 1
