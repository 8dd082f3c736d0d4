-- Monthly profile of every source class: its own or that of the nearest class above it, of the territory before the
-- general one ('*'). A class without a profile has no row: then days count, nothing is invented.
with recursive lineage as (
    select source_class_code, source_class_code as profile_code, 0 as depth from {{ ref('source_class') }}
    union all
    select lineage.source_class_code, above.parent_code as profile_code, lineage.depth + 1 as depth
    from lineage
    inner join {{ ref('source_class') }} as above on above.source_class_code = lineage.profile_code
    where above.parent_code is not null and lineage.depth < 4
)

select
    lineage.source_class_code, profile.month_of_year, profile.factor, profile.source, profile.source_status
from lineage
cross join {{ source('raw', 'feed_set') }} as feed_set
inner join {{ ref('month_profile') }} as profile
    on profile.source_class_code = lineage.profile_code and profile.territory in ('*', feed_set.territory)
qualify rank() over (
    partition by lineage.source_class_code order by lineage.depth, profile.territory = '*'
) = 1
