-- Tapio's decoupling, year against year: t = (ΔE/E0) / (ΔG/G0), eight states by the direction of GDP and by t at 0, 0.8 and 1.2
-- (Tapio 2005, Transport Policy 12:137). A year that is not as complete as the one before is not compared with it; GDP of both
-- years stands in the same unit and prices, constant prices before current ones.
with recursive climb as (
    select region_code, region_code as upper_code, parent_code from {{ ref('region') }}
    union
    select climb.region_code, upper.region_code as upper_code, upper.parent_code
    from climb
    inner join {{ ref('region') }} as upper on upper.region_code = climb.parent_code
),

yearly as (
    select region_code, species, cast(null as varchar) as gwp_set, year, mass_kg from {{ ref('emission_yearly') }}
    union all by name
    select region_code, 'CO2E' as species, gwp_set, year, co2e_kg as mass_kg from {{ ref('co2e_yearly') }}
),

emitted as (
    select climb.upper_code as region_code, yearly.species, yearly.gwp_set, yearly.year,
        {{ stable_sum('yearly.mass_kg') }} as mass_kg
    from yearly
    inner join climb on climb.region_code = yearly.region_code
    group by climb.upper_code, yearly.species, yearly.gwp_set, yearly.year
),

covered as (
    select species, year(month) as year, count(distinct month) as months
    from {{ ref('emission') }}
    group by species, year(month)
),

-- CO2 equivalents are as complete as the gas with the fewest months.
complete as (
    select species, year, months from covered
    union all
    select 'CO2E', covered.year, min(covered.months)
    from covered
    inner join {{ ref('species') }} as gas on gas.species = covered.species
    where gas.species_group = 'greenhouse_gas' and gas.is_additive
    group by covered.year
),

gdp as (
    select before.region_code, now.year, before.value as gdp_before, now.value as gdp, now.unit as gdp_unit,
        now.price_year as gdp_price_year
    from {{ ref('stg_statistics__indicator') }} as now
    inner join {{ ref('stg_statistics__indicator') }} as before
        on before.region_code = now.region_code and before.indicator = now.indicator and before.year = now.year - 1
        and before.unit = now.unit and before.price_year is not distinct from now.price_year
    where now.indicator = 'gdp' and before.value > 0
    qualify row_number() over (
        partition by now.region_code, now.year order by now.price_year desc nulls last, now.unit
    ) = 1
),

changed as (
    select
        now.region_code, now.species, now.gwp_set, now.year, before.mass_kg as emission_before_kg,
        now.mass_kg as emission_kg, gdp.gdp_before, gdp.gdp, gdp.gdp_unit, gdp.gdp_price_year,
        (now.mass_kg - before.mass_kg) / before.mass_kg as emission_change,
        (gdp.gdp - gdp.gdp_before) / gdp.gdp_before as gdp_change
    from emitted as now
    inner join emitted as before
        on before.region_code = now.region_code and before.species = now.species
        and before.gwp_set is not distinct from now.gwp_set and before.year = now.year - 1 and before.mass_kg > 0
    inner join complete as months_now on months_now.species = now.species and months_now.year = now.year
    inner join complete as months_before
        on months_before.species = now.species and months_before.year = before.year
        and months_before.months = months_now.months
    inner join gdp on gdp.region_code = now.region_code and gdp.year = now.year
),

measured as (
    select *, emission_change / nullif(gdp_change, 0) as elasticity from changed
)

select measured.*, state.state_code
from measured
left join {{ ref('decoupling_state') }} as state
    on state.gdp_direction = case when measured.gdp_change > 0 then 'growth' else 'decline' end
    and (
        measured.elasticity > coalesce(state.elasticity_from, cast('-infinity' as double))
        or (state.includes_from and measured.elasticity = state.elasticity_from)
    )
    and (
        measured.elasticity < coalesce(state.elasticity_to, cast('infinity' as double))
        or (state.includes_to and measured.elasticity = state.elasticity_to)
    )
