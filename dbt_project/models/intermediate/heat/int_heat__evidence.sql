-- What each piece of evidence says of a plant's heat input: yearly mass of a pollutant / emission factor of its fuels,
-- and rated input x full-load hours. log_sd is the standard deviation of ln(heat): the bounds of the factors
-- (ln(upper / lower) / 3.92) and the unknown shares of the fuels. Of a plant that names no fuel only marks of combustion
-- speak, less surely (seed heat_evidence); of a furnace that is not in the rating only its NOx (seed furnace). Where all
-- that burns is rated (seed rated_bound), no evidence may exceed the whole year at full load.
with reported as (
    select site_id, species, year(period_start) as year, arg_min(mass_kg, (feed <> 'statistics', source_file_id, row_no)) as mass_kg
    from (
        select site_id, species, period_start, period_end, mass_kg, feed, source_file_id, row_no, scope, is_eligible
        from {{ ref('int_candidate__statistics') }}
        union all
        select site_id, species, period_start, period_end, mass_kg, feed, source_file_id, row_no, scope, is_eligible
        from {{ ref('int_candidate__permit_report') }}
    )
    where scope = 'site' and is_eligible and mass_kg > 0 and date_diff('day', period_start, period_end) > 300
    group by all
),

furnace_led as (
    select plant.site_id, plant.year, furnace.nox_g_gj, ln(furnace.nox_upper / furnace.nox_lower) / 3.92 as log_sd
    from {{ ref('int_heat__plant') }} as plant
    inner join {{ ref('furnace') }} as furnace
        on furnace.industry_scheme = plant.industry_scheme and furnace.code_prefix = plant.furnace_code
    inner join reported on reported.site_id = plant.site_id and reported.year = plant.year and reported.species = 'NOx'
    where furnace.nox_g_gj is not null
),

factor as (
    select
        plant.site_id, plant.year, proxy.species as evidence, fuel.is_stated, fuel.share, proxy.value,
        ln(proxy.upper / proxy.lower) / 3.92 as log_sd
    from {{ ref('int_heat__plant') }} as plant
    inner join {{ ref('int_heat__fuel') }} as fuel on fuel.site_id = plant.site_id and fuel.year = plant.year
    inner join {{ ref('heat_proxy') }} as proxy
        on proxy.fuel_code = fuel.fuel_code and coalesce(plant.rated_input_mw, 0) >= proxy.min_mw
        and coalesce(plant.rated_input_mw, 0) < coalesce(proxy.max_mw, 'inf'::double)
    union all
    select
        plant.site_id, plant.year, 'rated_input' as evidence, fuel.is_stated, fuel.share, load.hours as value,
        ln(load.upper / load.lower) / 3.92 as log_sd
    from {{ ref('int_heat__plant') }} as plant
    inner join {{ ref('int_heat__fuel') }} as fuel on fuel.site_id = plant.site_id and fuel.year = plant.year
    inner join {{ ref('full_load_hours') }} as load
        on load.fuel_code = fuel.fuel_code and load.source_class_code in ('*', plant.source_class_code)
        and plant.rated_input_mw >= load.min_mw and plant.rated_input_mw < coalesce(load.max_mw, 'inf'::double)
    qualify row_number() over (
        partition by plant.site_id, plant.year, fuel.fuel_code order by load.source_class_code = '*', load.min_mw desc
    ) = 1
),

-- A fuel without a factor of the species is taken to emit none of it.
mixed as (
    select
        factor.site_id, factor.year, factor.evidence, bool_and(factor.is_stated) as is_stated,
        {{ stable_sum('factor.share * factor.value') }} as mean_value,
        {{ stable_sum('factor.share * factor.value * factor.value') }} as mean_square,
        {{ stable_sum('factor.share * factor.value * factor.log_sd') }} as weighted_sd
    from factor
    anti join furnace_led on furnace_led.site_id = factor.site_id and furnace_led.year = factor.year
    group by factor.site_id, factor.year, factor.evidence
    union all
    select
        site_id, year, 'NOx' as evidence, true as is_stated, nox_g_gj as mean_value, nox_g_gj * nox_g_gj as mean_square,
        nox_g_gj * log_sd as weighted_sd
    from furnace_led
)

select
    mixed.site_id, mixed.year, mixed.evidence,
    least(
        case when mixed.evidence = 'rated_input' then plant.rated_input_mw * 3.6 * mixed.mean_value
            else reported.mass_kg * 1000 / mixed.mean_value end,
        coalesce(plant.rated_input_mw * 3.6 * bound.max_hours, 'inf'::double)
    ) as heat_gj,
    sqrt(
        power(mixed.weighted_sd / mixed.mean_value, 2)
        + ln(1 + greatest(mixed.mean_square / power(mixed.mean_value, 2) - 1, 0) / 2)
        + case when mixed.is_stated then 0 else power(mark.unnamed_log_sd, 2) end
    ) as log_sd
from mixed
inner join {{ ref('int_heat__plant') }} as plant on plant.site_id = mixed.site_id and plant.year = mixed.year
left join {{ ref('heat_evidence') }} as mark on mark.evidence = mixed.evidence
left join {{ ref('rated_bound') }} as bound on bound.source_class_code = plant.source_class_code
left join reported
    on reported.site_id = mixed.site_id and reported.year = mixed.year and reported.species = mixed.evidence
where
    mixed.mean_value > 0 and (mixed.evidence = 'rated_input' or reported.mass_kg is not null)
    and (mixed.is_stated or mark.evidence is not null)
