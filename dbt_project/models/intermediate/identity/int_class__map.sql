-- Every source class in every classification: its own assignment, else the one of the nearest class above. A figure that is
-- known to come from fuel or from a process may belong elsewhere than the source as a whole ('*').
with recursive line as (
    select source_class_code, source_class_code as ancestor_code, 0 as distance
    from {{ ref('source_class') }}
    union all
    select line.source_class_code, class.parent_code as ancestor_code, line.distance + 1 as distance
    from line
    inner join {{ ref('source_class') }} as class on class.source_class_code = line.ancestor_code
    where class.parent_code is not null
),

kind as (
    select '*' as figure_kind
    union
    select figure_kind from {{ ref('figure_kind') }}
    union
    select part_kind from {{ ref('part_gas') }}
)

select line.source_class_code, map.scheme, kind.figure_kind, map.target_class_code
from line
cross join kind
inner join {{ ref('source_class_map') }} as map
    on map.source_class_code = line.ancestor_code and map.figure_kind in ('*', kind.figure_kind)
qualify row_number() over (
    partition by line.source_class_code, map.scheme, kind.figure_kind
    order by line.distance, map.figure_kind = '*'
) = 1
