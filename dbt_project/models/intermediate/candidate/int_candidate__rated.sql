-- Greenhouse gases of plants that name fuels and a rating but no amounts: estimated heat x factor of the expected fuel
-- mix. Not eligible where a feed gives the species of the plant (then it is a comparison), nor as CO2 of an industry
-- with process CO2. The mass is the median; uncertainty_pct is 196 x the coefficient of variation of the lognormal.
with main_fuel as (
    select site_id, year, arg_max(fuel_code, (share, fuel_code)) as fuel_code from {{ ref('int_heat__fuel') }} group by all
),

given as (
    select distinct site_id, species, year(period_start) as year
    from (
        select site_id, species, period_start, mass_kg, is_eligible from {{ ref('int_candidate__statistics') }}
        union all
        select site_id, species, period_start, mass_kg, is_eligible from {{ ref('int_candidate__permit_report') }}
        union all
        select site_id, species, period_start, mass_kg, is_eligible from {{ ref('int_candidate__monitoring') }}
    )
    where is_eligible and mass_kg is not null
),

valued as (
    select
        gas.site_id, gas.year, gas.species, estimate.heat_gj * gas.kg_per_gj as mass_kg, gas.factor_status,
        power(estimate.log_sd, 2) + gas.log_variance as log_variance,
        estimate.evidence_count, estimate.source_file_id, estimate.row_no
    from {{ ref('int_heat__gas') }} as gas
    inner join {{ ref('int_heat__estimate') }} as estimate on estimate.site_id = gas.site_id and estimate.year = gas.year
    where estimate.heat_gj is not null
)

select
    'site' as scope, valued.site_id, valued.site_id || ':SITE' as source_id, cast(null as varchar) as part_code,
    valued.species, make_date(valued.year, 1, 1) as period_start, make_date(valued.year, 12, 31) as period_end,
    valued.mass_kg, 'rated_estimate' as method_code, 'permit' as feed, true as is_own_calculation,
    given.site_id is null and (process.site_id is null or valued.species <> 'CO2') as is_eligible,
    case
        when given.site_id is not null then 'comparison only: a feed gives this species of the plant'
        when process.site_id is not null and valued.species = 'CO2'
            then 'fuel carbon only: industry ' || process.industry_code || ' also emits process CO2' end as ineligible_reason,
    cast(null as double) as coverage, cast(null as varchar) as edition, valued.source_file_id, valued.row_no,
    valued.evidence_count as input_count, valued.factor_status,
    196 * sqrt(exp(valued.log_variance) - 1) as uncertainty_pct,
    'heat_proxy.' || main_fuel.fuel_code as shared_key, true as is_default
from valued
inner join main_fuel on main_fuel.site_id = valued.site_id and main_fuel.year = valued.year
left join given on given.site_id = valued.site_id and given.species = valued.species and given.year = valued.year
left join (
    select distinct plant.site_id, plant.industry_code
    from {{ ref('int_heat__plant') }} as plant
    inner join {{ ref('process_industry') }} as listed
        on listed.industry_scheme = plant.industry_scheme and starts_with(plant.industry_code, listed.code_prefix)
) as process on process.site_id = valued.site_id
