-- Greenhouse gases per GJ of each plant's expected fuel mix, by the factors of the seed `factor`; log_variance holds the
-- bounds of the factors and the unknown shares of the fuels (int_heat__fuel). CO2 of a furnace holds that of its raw
-- materials per GJ (seed heat_factor).
with energy_factor as (
    select
        fuel.site_id, fuel.year, fuel.fuel_code, fuel.share, factor.species, factor.source_status,
        case factor.factor_kind when 'emission_per_energy' then factor.value / 1000 else factor.value / ncv.value end as kg_per_gj,
        coalesce(ln(factor.upper / factor.lower) / 3.92, 0) as log_sd
    from {{ ref('int_heat__fuel') }} as fuel
    inner join {{ ref('int_heat__plant') }} as plant on plant.site_id = fuel.site_id and plant.year = fuel.year
    inner join {{ ref('factor') }} as factor
        on factor.factor_kind in ('emission_per_energy', 'emission_per_amount') and factor.fuel_code = fuel.fuel_code
        and factor.species in ('CO2', 'CO2_bio', 'CH4', 'N2O') and factor.technology = '*'
        and factor.source_class_code in ('*', plant.source_class_code)
        and make_date(fuel.year, 1, 1) between factor.valid_from and coalesce(factor.valid_to, date '9999-12-31')
    left join {{ ref('factor') }} as ncv
        on ncv.factor_kind = 'ncv' and ncv.fuel_code = fuel.fuel_code
        and make_date(fuel.year, 1, 1) between ncv.valid_from and coalesce(ncv.valid_to, date '9999-12-31')
    qualify row_number() over (
        partition by fuel.site_id, fuel.year, fuel.fuel_code, factor.species
        order by factor.source_class_code = '*', factor.valid_from desc, factor.factor_id
    ) = 1
),

carbon as (
    select
        fuel.site_id, fuel.year, fuel.fuel_code, fuel.share,
        case when kind.is_biogenic then 'CO2_bio' else 'CO2' end as species,
        {{ weakest_status(['content.source_status', 'oxidation.source_status']) }} as source_status,
        content.value * oxidation.value * 44 / 12 * 1000 as kg_per_gj,
        coalesce(ln(content.upper / content.lower) / 3.92, 0) as log_sd
    from {{ ref('int_heat__fuel') }} as fuel
    inner join {{ ref('fuel') }} as kind on kind.fuel_code = fuel.fuel_code
    inner join {{ ref('factor') }} as content
        on content.factor_kind = 'carbon_content' and content.fuel_code = fuel.fuel_code
        and make_date(fuel.year, 1, 1) between content.valid_from and coalesce(content.valid_to, date '9999-12-31')
    inner join {{ ref('factor') }} as oxidation
        on oxidation.factor_kind = 'oxidation' and oxidation.fuel_code = fuel.fuel_code
        and make_date(fuel.year, 1, 1) between oxidation.valid_from and coalesce(oxidation.valid_to, date '9999-12-31')
),

mixed as (
    select
        site_id, year, species,
        {{ stable_sum('share * kg_per_gj') }} as kg_per_gj,
        {{ stable_sum('share * kg_per_gj * kg_per_gj') }} as mean_square,
        {{ stable_sum('share * kg_per_gj * log_sd') }} as weighted_sd,
        {{ status_name('max(' ~ status_rank('source_status') ~ ')') }} as factor_status
    from (select * from carbon union all by name select * from energy_factor)
    group by site_id, year, species
),

process as (
    select plant.site_id, plant.year, 'CO2' as species, furnace.value as kg_per_gj, furnace.source_status,
        furnace.factor_id, ln(furnace.upper / furnace.lower) / 3.92 as log_sd
    from {{ ref('int_heat__plant') }} as plant
    inner join {{ ref('heat_factor') }} as furnace
        on furnace.industry_scheme = plant.industry_scheme and furnace.code_prefix = plant.furnace_code
        and furnace.evidence = 'process_co2'
)

-- Errors of fuel and raw material are taken as of one cause (added), the unknown shares concern the fuel alone.
select
    mixed.site_id, mixed.year, mixed.species, mixed.kg_per_gj + coalesce(process.kg_per_gj, 0) as kg_per_gj,
    case when process.site_id is null then mixed.factor_status
        else {{ weakest_status(['mixed.factor_status', 'process.source_status']) }} end as factor_status,
    power((mixed.weighted_sd + coalesce(process.kg_per_gj * process.log_sd, 0)) / (mixed.kg_per_gj + coalesce(process.kg_per_gj, 0)), 2)
    + ln(1 + greatest(mixed.mean_square - power(mixed.kg_per_gj, 2), 0) / 2 / power(mixed.kg_per_gj + coalesce(process.kg_per_gj, 0), 2))
        as log_variance,
    process.factor_id
from mixed
left join process on process.site_id = mixed.site_id and process.year = mixed.year and process.species = mixed.species
where mixed.kg_per_gj > 0
