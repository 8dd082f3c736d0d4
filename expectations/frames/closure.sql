-- Closure: one row per species × year. The same mass, counted four ways, must be the same mass.
-- Candidates are compared in the year their period starts; month figures in the year of the month. A gap is relative,
-- after the resolution of the sums is taken off.
with emitted as (
    select species, year(month) as year, fsum(mass_kg) as mass_kg from v1.emission group by all
),

yearly as (
    select species, year, fsum(mass_kg) as mass_kg from v1.emission_yearly group by all
),

candidate as (
    select
        c.candidate_id, c.species, year(c.period_start) as year, any_value(c.chosen_kg) as chosen_kg,
        coalesce(fsum(e.mass_kg), 0) as mass_kg
    from v1.emission_candidate as c
    left join v1.emission as e on c.candidate_id = e.candidate_id and c.species = e.species
    group by all
),

chosen as (
    select
        species, year, fsum(chosen_kg) as chosen_kg, fsum(mass_kg) as mass_kg,
        count(*) filter (
            where abs(chosen_kg - mass_kg)
            > getvariable('closure_gap') * greatest(chosen_kg, mass_kg) + getvariable('mass_resolution_kg')
        ) as open_candidates
    from candidate
    group by all
),

-- A candidate that stands in every month of its period at its own source, by its own method, and is not reduced by plants
-- listed elsewhere, is there whole: its months add up to it. Elsewhere other values stand in some of its months.
whole as (
    select c.species, year(c.period_start) as year, c.mass_kg, fsum(e.mass_kg) as month_kg
    from v1.emission_candidate as c
    inner join v1.emission as e
        on c.candidate_id = e.candidate_id and c.species = e.species and c.source_id = e.source_id
        and c.method_code = e.method_code
    where c.mass_kg is not null and not (c.scope = 'county' and c.reason like '% less %')
    group by c.candidate_id, c.species, c.period_start, c.period_end, c.mass_kg
    having count(*) = date_diff('month', c.period_start, c.period_end) + 1
),

spread as (
    select
        species, year,
        count(*) filter (
            where abs(mass_kg - month_kg)
            > getvariable('closure_gap') * greatest(mass_kg, month_kg) + getvariable('mass_resolution_kg')
        ) as open_spreads
    from whole
    group by all
),

orphan as (
    select e.species, year(e.month) as year, count(*) as orphan_figures
    from v1.emission as e
    where not exists (
        select 1 from v1.emission_candidate as c
        where c.candidate_id = e.candidate_id and c.species = e.species and c.is_chosen
    )
    group by all
),

indexed as (
    select
        regexp_replace(metric, '^emission_', '') as species, year,
        fsum(value * case unit when 'kg' then 1 when 't' then 1e3 when 'kt' then 1e6 end) as mass_kg,
        count(*) filter (where unit not in ('kg', 't', 'kt')) as unknown_units
    from v1.index_input
    where starts_with(metric, 'emission_')
    group by all
),

keys as (
    select species, year from emitted
    union
    select species, year from yearly
    union
    select species, year from chosen
),

counted as (
    select
        keys.species,
        keys.year,
        coalesce(emitted.mass_kg, 0) as emission_kg,
        coalesce(yearly.mass_kg, 0) as yearly_kg,
        coalesce(chosen.chosen_kg, 0) as chosen_kg,
        coalesce(chosen.mass_kg, 0) as named_kg,
        coalesce(indexed.mass_kg, emitted.mass_kg, 0) as index_kg,
        coalesce(chosen.open_candidates, 0) as open_candidates,
        coalesce(spread.open_spreads, 0) as open_spreads,
        coalesce(orphan.orphan_figures, 0) as orphan_figures,
        indexed.species is not null or emitted.species is null or not species.is_additive as is_indexed,
        coalesce(indexed.unknown_units, 0) as unknown_units,
        getvariable('mass_resolution_kg') as resolution_kg
    from keys
    left join emitted using (species, year)
    left join yearly using (species, year)
    left join chosen using (species, year)
    left join spread using (species, year)
    left join orphan using (species, year)
    left join indexed using (species, year)
    left join v1.species as species using (species)
)

select
    species,
    year,
    emission_kg,
    greatest(abs(emission_kg - yearly_kg) - resolution_kg, 0)
    / greatest(emission_kg, yearly_kg, resolution_kg) as yearly_gap,
    greatest(abs(chosen_kg - named_kg) - resolution_kg, 0)
    / greatest(chosen_kg, named_kg, resolution_kg) as chosen_gap,
    greatest(abs(emission_kg - index_kg) - resolution_kg, 0)
    / greatest(emission_kg, index_kg, resolution_kg) as index_gap,
    open_candidates,
    open_spreads,
    orphan_figures,
    is_indexed,
    unknown_units
from counted
order by species, year
