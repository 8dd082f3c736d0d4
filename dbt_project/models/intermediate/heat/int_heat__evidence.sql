-- What each piece of evidence says of a plant's heat input: yearly mass of a pollutant / emission factor of its fuels,
-- and rated input x full-load hours (seed heat_factor). log_sd is the standard deviation of ln(heat): the bounds of the
-- factors (ln(upper / lower) / 3.92) and the unknown shares of the fuels. Of a plant that names no fuel only marks of
-- combustion speak, less surely (seed heat_mark); of a furnace that is not in the rating only its NOx. Where all
-- that burns is rated (seed rated_bound), no evidence may exceed the whole year at full load.
with stated as (
    select
        site_id, year(period_start) as year, species as evidence, 'kg' as unit,
        arg_min(
            {'amount': mass_kg, 'source_file_id': source_file_id, 'row_no': row_no},
            (feed <> 'statistics', source_file_id, row_no)
        ) as value
    from (
        select site_id, species, period_start, period_end, mass_kg, feed, source_file_id, row_no, scope, is_eligible
        from {{ ref('int_candidate__statistics') }}
        union all
        select site_id, species, period_start, period_end, mass_kg, feed, source_file_id, row_no, scope, is_eligible
        from {{ ref('int_candidate__permit_report') }}
    )
    where scope = 'site' and is_eligible and mass_kg > 0 and date_diff('day', period_start, period_end) > 300
    group by all
    union all
    select
        site_id, year, 'rated_input' as evidence, 'MW' as unit,
        {'amount': rated_input_mw, 'source_file_id': source_file_id, 'row_no': row_no} as value
    from {{ ref('int_heat__plant') }}
    where rated_input_mw is not null
),

factor as (
    select
        plant.site_id, plant.year, factor.factor_id, factor.evidence, factor.unit, factor.source_status, fuel.is_stated,
        fuel.share, factor.value, ln(factor.upper / factor.lower) / 3.92 as log_sd
    from {{ ref('int_heat__plant') }} as plant
    inner join {{ ref('int_heat__fuel') }} as fuel on fuel.site_id = plant.site_id and fuel.year = plant.year
    inner join {{ ref('heat_factor') }} as factor
        on factor.fuel_code = fuel.fuel_code and factor.source_class_code in ('*', plant.source_class_code)
        and coalesce(plant.rated_input_mw, 0) >= factor.min_mw
        and coalesce(plant.rated_input_mw, 0) < coalesce(factor.max_mw, 'inf'::double)
    qualify row_number() over (
        partition by plant.site_id, plant.year, fuel.fuel_code, factor.evidence
        order by factor.source_class_code = '*', factor.min_mw desc
    ) = 1
),

furnace as (
    select plant.site_id, plant.year, factor.factor_id, factor.evidence, factor.unit, factor.source_status, true as is_stated,
        1 as share, factor.value, ln(factor.upper / factor.lower) / 3.92 as log_sd
    from {{ ref('int_heat__plant') }} as plant
    inner join {{ ref('heat_factor') }} as factor
        on factor.industry_scheme = plant.industry_scheme and factor.code_prefix = plant.furnace_code
    inner join stated
        on stated.site_id = plant.site_id and stated.year = plant.year and stated.evidence = factor.evidence
),

-- A fuel without a factor of the species is taken to emit none of it.
mixed as (
    select
        site_id, year, evidence, unit as factor_unit, bool_and(is_stated) as is_stated,
        string_agg(factor_id, '|' order by factor_id) as factor_ids,
        {{ status_name('max(' ~ status_rank('source_status') ~ ')') }} as factor_status,
        {{ stable_sum('share * value') }} as mean_value,
        {{ stable_sum('share * value * value') }} as mean_square,
        {{ stable_sum('share * value * log_sd') }} as weighted_sd
    from (
        select * from furnace
        union all
        select factor.* from factor anti join furnace on furnace.site_id = factor.site_id and furnace.year = factor.year
    )
    group by site_id, year, evidence, unit
)

select
    mixed.site_id, mixed.year, mixed.evidence, stated.value.amount as amount, stated.unit,
    mixed.mean_value as factor_value, mixed.factor_unit, mixed.factor_ids, mixed.factor_status,
    least(
        case when mixed.evidence = 'rated_input' then stated.value.amount * 3.6 * mixed.mean_value
            else stated.value.amount * 1000 / mixed.mean_value end,
        coalesce(plant.rated_input_mw * 3.6 * bound.max_hours, 'inf'::double)
    ) as heat_gj,
    sqrt(
        power(mixed.weighted_sd / mixed.mean_value, 2)
        + ln(1 + greatest(mixed.mean_square / power(mixed.mean_value, 2) - 1, 0) / 2)
        + case when mixed.is_stated then 0 else power(mark.unnamed_log_sd, 2) end
    ) as log_sd,
    stated.value.source_file_id as source_file_id, stated.value.row_no as row_no
from mixed
inner join stated on stated.site_id = mixed.site_id and stated.year = mixed.year and stated.evidence = mixed.evidence
inner join {{ ref('int_heat__plant') }} as plant on plant.site_id = mixed.site_id and plant.year = mixed.year
left join {{ ref('heat_mark') }} as mark on mark.evidence = mixed.evidence
left join {{ ref('rated_bound') }} as bound on bound.source_class_code = plant.source_class_code
where mixed.mean_value > 0 and (mixed.is_stated or mark.evidence is not null)
