-- County totals of sources that are not listed plant by plant.
select
    'county' as scope, cast(null as varchar) as site_id,
    area.region_code || ':' || area.source_class_code as source_id, cast(null as varchar) as part_code,
    area.region_code, area.source_class_code, area.species, area.period_start, area.period_end, area.mass_kg,
    method_map.method_code, 'statistics' as feed, true as is_eligible, cast(null as varchar) as ineligible_reason,
    cast(null as double) as coverage, area.edition, area.source_file_id, area.row_no, 1 as input_count, 'none' as factor_status,
    cast(null as double) as held_kg
from {{ ref('stg_statistics__area') }} as area
inner join {{ ref('method_map') }} as method_map
    on method_map.feed = 'statistics' and method_map.basis = 'county'
