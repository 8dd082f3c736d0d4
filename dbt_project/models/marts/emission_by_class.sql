-- The inventory by every classification. A figure computed from fuel, or a part of a report that is fuel or process, goes
-- where fuel or process go; what is not known to be either goes where the whole source goes.
select
    map.scheme, map.target_class_code, emission.species, emission.region_code, year(emission.month) as year,
    {{ stable_sum('emission.mass_kg') }} as mass_kg
from {{ ref('emission') }} as emission
left join {{ ref('int_identity__source_class') }} as detail on detail.source_id = emission.source_id
left join {{ ref('figure_kind') }} as method on method.method_code = emission.method_code
inner join {{ ref('int_class__map') }} as map
    on map.source_class_code = emission.source_detail_code
    and map.figure_kind = coalesce(detail.figure_kind, method.figure_kind, '*')
group by all
