-- County totals of sources that are not listed plant by plant: as the survey gives them, and, for gases that it does not
-- give, computed from the fuel that the county's energy balance assigns to the class.
with offered as (
    select
        area.region_code, area.source_class_code, area.species, area.period_start, area.period_end, area.mass_kg,
        method_map.method_code, cast(null as varchar) as ineligible_reason, area.edition, area.source_file_id, area.row_no,
        1 as input_count, 'none' as factor_status, cast(null as double) as held_kg, cast(null as boolean) as is_default
    from {{ ref('stg_statistics__area') }} as area
    inner join {{ ref('method_map') }} as method_map
        on method_map.feed = 'statistics' and method_map.basis = 'county'
    union all by name
    select
        gas.region_code, gas.source_class_code, gas.species, gas.period_start, gas.period_end, gas.mass_kg,
        'fuel_default' as method_code,
        case when exists (
            select 1 from {{ ref('stg_statistics__area') }} as given
            where given.region_code = gas.region_code and given.source_class_code = gas.source_class_code
                and given.species = gas.species and given.period_start <= gas.period_end
                and given.period_end >= gas.period_start
        ) then 'the county total gives this gas itself' end as ineligible_reason,
        gas.edition, gas.source_file_id, cast(null as bigint) as row_no, gas.input_count, gas.factor_status,
        gas.held_kg, true as is_default
    from {{ ref('int_area__gas') }} as gas
)

select
    'county' as scope, cast(null as varchar) as site_id, region_code || ':' || source_class_code as source_id,
    cast(null as varchar) as part_code, region_code, source_class_code, species, period_start, period_end, mass_kg,
    method_code, 'statistics' as feed, ineligible_reason is null as is_eligible, ineligible_reason,
    cast(null as double) as coverage, edition, source_file_id, row_no, input_count, factor_status, held_kg, is_default
from offered
