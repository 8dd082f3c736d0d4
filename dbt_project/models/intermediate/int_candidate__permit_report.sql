-- What permit holders declare. A declaration far beyond every reference that exists for it is kept but may not win:
-- execution reports are known to hold absurd values (11.19 billion t for a firm permitted 0.36 t).
with declared as (
    select
        report.*, link.site_id, coalesce(outlet.outlet_id, link.site_id || ':SITE') as source_id,
        case when report.outlet_code is null then 'site' else 'outlet' end as scope,
        year(report.period_start) as year
    from {{ ref('stg_permit__report') }} as report
    inner join {{ source('identity', 'link') }} as link
        on link.feed = 'permit' and link.scheme = report.scheme and link.record_key = report.record_key
    left join {{ ref('int_identity__outlet') }} as outlet
        on outlet.site_id = link.site_id and outlet.outlet_code = report.outlet_code
),

statistics_year as (
    select link.site_id, emission.species, year(emission.period_start) as year,
        {{ stable_sum('emission.mass_kg') }} as mass_kg
    from {{ ref('stg_statistics__emission') }} as emission
    inner join {{ source('identity', 'link') }} as link
        on link.feed = 'statistics' and link.scheme = emission.scheme and link.record_key = emission.record_key
    where emission.mass_kg > 0
    group by link.site_id, emission.species, year(emission.period_start)
),

territory_largest as (
    select species, year, max(mass_kg) as mass_kg from statistics_year group by species, year
),

-- References per declaration; a missing or zero reference bounds nothing.
referred as (
    select
        declared.*,
        permitted.permitted_kg as permitted_year,
        case when count(*) over own > 2 then median(declared.mass_kg) over own end as own_median,
        statistics_year.mass_kg as statistics_year,
        territory_largest.mass_kg as territory_largest
    from declared
    left join {{ ref('int_identity__permitted') }} as permitted
        on permitted.source_id = declared.source_id and permitted.species = declared.species
        and permitted.year = declared.year
    left join statistics_year
        on statistics_year.site_id = declared.site_id and statistics_year.species = declared.species
        and statistics_year.year = declared.year
    left join territory_largest
        on territory_largest.species = declared.species and territory_largest.year = declared.year
    window own as (
        partition by declared.source_id, declared.species,
            date_diff('month', declared.period_start, declared.period_end)
    )
),

breach as (
    select
        reference.source_file_id, reference.row_no, reference.species,
        arg_max(
            'out_of_band: ' || printf('%.4g', reference.mass_kg / reference.reference_kg) || ' times '
            || replace(reference.quantity, '_', ' ') || ' (' || printf('%.4g', reference.reference_kg)
            || ' kg), at most ' || band.max_ratio || ' is credible',
            reference.mass_kg / reference.reference_kg / band.max_ratio
        ) as reason
    from (
        select source_file_id, row_no, species, mass_kg, quantity, reference_kg
        from referred
        unpivot (reference_kg for quantity in (permitted_year, own_median, statistics_year, territory_largest))
    ) as reference
    inner join {{ ref('sanity_band') }} as band on band.quantity = reference.quantity
    where reference.reference_kg > 0 and reference.mass_kg > reference.reference_kg * band.max_ratio
    group by reference.source_file_id, reference.row_no, reference.species
)

select
    declared.scope, declared.site_id, declared.source_id, cast(null as varchar) as part_code, declared.species,
    declared.period_start, declared.period_end, declared.mass_kg, method_map.method_code, 'permit' as feed,
    breach.reason is null as is_eligible, breach.reason as ineligible_reason,
    cast(null as double) as coverage, declared.source_file_id, declared.row_no, 1 as input_count,
    'none' as factor_status
from declared
left join breach
    on breach.source_file_id = declared.source_file_id and breach.row_no = declared.row_no
    and breach.species = declared.species
inner join {{ ref('method_map') }} as method_map
    on method_map.feed = 'permit' and method_map.basis = coalesce(declared.basis, 'unstated')
