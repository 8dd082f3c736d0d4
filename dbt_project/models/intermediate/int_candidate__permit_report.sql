-- What permit holders declare. A declaration far above the permitted amount of its year is kept but may not win:
-- execution reports are known to hold absurd values (11.19 billion t for a firm permitted 0.36 t).
with declared as (
    select
        report.*, link.site_id, outlet.outlet_id,
        case when report.outlet_code is null then 'site' else 'outlet' end as scope
    from {{ ref('stg_permit__report') }} as report
    inner join {{ source('identity', 'link') }} as link
        on link.feed = 'permit' and link.scheme = report.scheme and link.record_key = report.record_key
    left join {{ ref('int_identity__outlet') }} as outlet
        on outlet.site_id = link.site_id and outlet.outlet_code = report.outlet_code
),

banded as (
    select
        declared.*, permitted.permitted_kg,
        permitted.permitted_kg * band.max_ratio as ceiling_kg
    from declared
    left join {{ ref('int_identity__permitted') }} as permitted
        on permitted.site_id = declared.site_id and permitted.species = declared.species
        and permitted.year = year(declared.period_start)
        and permitted.source_id = coalesce(declared.outlet_id, declared.site_id || ':SITE')
    left join {{ ref('sanity_band') }} as band
        on band.feed = 'permit' and band.quantity = 'reported_to_permitted'
)

select
    banded.scope, banded.site_id,
    coalesce(banded.outlet_id, banded.site_id || ':SITE') as source_id, cast(null as varchar) as part_code,
    banded.species, banded.period_start, banded.period_end, banded.mass_kg,
    method_map.method_code, 'permit' as feed,
    coalesce(banded.mass_kg <= banded.ceiling_kg, true) as is_eligible,
    case when banded.mass_kg > banded.ceiling_kg
        then 'out_of_band: ' || coalesce(
            round(banded.mass_kg / nullif(banded.permitted_kg, 0), 1) || ' times the permitted amount of the year',
            'nothing is permitted in the year'
        ) end as ineligible_reason,
    cast(null as double) as coverage, banded.source_file_id, banded.row_no, 1 as input_count,
    'none' as factor_status
from banded
inner join {{ ref('method_map') }} as method_map
    on method_map.feed = 'permit' and method_map.basis = coalesce(banded.basis, 'unstated')
