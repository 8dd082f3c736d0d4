-- Greenhouse gases of plants that give no amount of fuel: estimated heat x factor of the expected fuel mix, and no CO2 where
-- nothing says that fuel burns. Not eligible where a feed gives the species of the plant: then it is a comparison.
-- The mass is the median; uncertainty_pct is 196 x the coefficient of variation of the lognormal.
with main_fuel as (
    select site_id, year, arg_max(fuel_code, (share, fuel_code)) as fuel_code from {{ ref('int_heat__fuel') }} group by all
),

-- Ids of the seed heat_factor behind the heat; the process part of CO2 has its own.
evidence as (
    select site_id, year, string_agg(factor_ids, '|' order by evidence) as factor_ids,
        {{ status_name('max(' ~ status_rank('factor_status') ~ ')') }} as factor_status
    from {{ ref('int_heat__evidence') }}
    group by site_id, year
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
        gas.site_id, gas.year, gas.species, 'rated_estimate' as method_code, estimate.heat_gj * gas.kg_per_gj as mass_kg,
        {{ weakest_status(['gas.factor_status', 'evidence.factor_status']) }} as factor_status,
        196 * sqrt(exp(power(estimate.log_sd, 2) + gas.log_variance) - 1) as uncertainty_pct,
        'heat_factor.' || main_fuel.fuel_code as shared_key,
        concat_ws('|', evidence.factor_ids, gas.factor_id) as coefficient_ids,
        estimate.evidence_count, estimate.source_file_id, estimate.row_no
    from {{ ref('int_heat__gas') }} as gas
    inner join {{ ref('int_heat__estimate') }} as estimate on estimate.site_id = gas.site_id and estimate.year = gas.year
    inner join main_fuel on main_fuel.site_id = gas.site_id and main_fuel.year = gas.year
    inner join evidence on evidence.site_id = gas.site_id and evidence.year = gas.year
    where estimate.heat_gj is not null
    union all by name
    select
        site_id, year, 'CO2' as species, 'no_combustion' as method_code, 0 as mass_kg, 'derived' as factor_status,
        1 as evidence_count, source_file_id, row_no
    from {{ ref('int_heat__estimate') }}
    where heat_gj is null
)

select
    'site' as scope, valued.site_id, valued.site_id || ':SITE' as source_id, cast(null as varchar) as part_code,
    valued.species, make_date(valued.year, 1, 1) as period_start, make_date(valued.year, 12, 31) as period_end,
    valued.mass_kg, valued.method_code, 'permit' as feed, true as is_own_calculation,
    given.site_id is null as is_eligible,
    case when given.site_id is not null then 'comparison only: a feed gives this species of the plant' end as ineligible_reason,
    cast(null as double) as coverage, cast(null as varchar) as edition, valued.source_file_id, valued.row_no,
    valued.evidence_count as input_count, valued.factor_status, valued.uncertainty_pct, valued.shared_key,
    valued.coefficient_ids, true as is_default
from valued
left join given on given.site_id = valued.site_id and given.species = valued.species and given.year = valued.year
