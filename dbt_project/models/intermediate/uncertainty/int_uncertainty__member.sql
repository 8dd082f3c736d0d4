-- The totals that each region's figures are part of: the region's own, and those of every region above it; the territory
-- of the feed set holds all.
with recursive above as (
    select distinct region_code, region_code as subject from {{ ref('int_uncertainty__term') }}
    union
    select above.region_code, region.parent_code as subject
    from above
    inner join {{ ref('region') }} as region on region.region_code = above.subject
    where region.parent_code is not null
)

select region_code, subject from above
union
select above.region_code, feed_set.territory as subject
from above
cross join {{ source('raw', 'feed_set') }} as feed_set
