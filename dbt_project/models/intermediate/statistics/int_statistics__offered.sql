-- What the statistics say of a plant's year, once: its total, its outlets and parts. Lines of units on one outlet add up; a
-- separate form of an own power plant adds to its owner's site, or repeats it and loses (int_statistics__form); if it has a
-- site of its own, the owner's figures give way. Unit form and calculation form (G106) break the same tonnes down: one of
-- them stands, the calculation only if it gives the form's total.
with line as (
    select 'form' as origin, scheme, record_key, outlet_code, part_code, species, period_start, period_end, mass_kg,
        co2e_kg, edition, cast(null as varchar) as fault, source_file_id, row_no, 1 as input_count
    from {{ ref('stg_statistics__emission') }}
    where species <> 'CO2E'
    union all by name
    select 'form' as origin, part.*, 1 as input_count from {{ ref('int_statistics__part') }} as part
    union all by name
    select 'calculation' as origin, calculation.* exclude (reported_kg) from {{ ref('int_statistics__calculation') }} as calculation
),

placed as (
    select line.*, coalesce(form.head_key, line.record_key) as head_key, form.repeats_key, form.stands_apart,
        case when line.outlet_code is not null then 'outlet' when line.part_code is not null then 'unit' else 'site' end
            as scope
    from line
    left join {{ ref('int_statistics__form') }} as form
        on form.scheme = line.scheme and form.record_key = line.record_key and form.year = year(line.period_start)
),

-- Figures of a form that a separate form at a site of its own repeats: the owner's total loses them, its equal lines stand back.
held_apart as (
    select scheme, repeats_key as head_key, record_key as apart_key, species, period_start, period_end,
        coalesce(
            max(mass_kg) filter (where scope = 'site'), {{ stable_sum('mass_kg') }}
        ) as mass_kg,
        list(mass_kg) as lines
    from placed
    where repeats_key is not null and stands_apart and origin = 'form' and mass_kg > 0
    group by all
),

summed as (
    select
        scheme, head_key, origin, scope, outlet_code, case when scope = 'unit' then part_code end as part_code, species,
        period_start, period_end, case when not stands_apart then repeats_key end as repeats_key,
        {{ stable_sum('mass_kg') }} as mass_kg, {{ stable_sum('co2e_kg') }} as co2e_kg,
        {{ weakest_edition('edition') }} as edition, min(fault) as fault, min(source_file_id) as source_file_id,
        arg_min(row_no, {'file': source_file_id, 'row': row_no}) as row_no,
        cast(sum(input_count) as bigint) as input_count
    from placed
    group by all
),

breakdown as (
    select scheme, head_key, repeats_key, species, period_start, period_end,
        max(mass_kg) filter (where scope = 'site' and origin = 'form') as total_kg,
        {{ stable_sum("case when origin = 'form' and scope <> 'site' then mass_kg end") }} as parts_kg,
        {{ stable_sum("case when origin = 'calculation' then mass_kg end") }} as calculated_kg,
        min(fault) as fault
    from summed
    group by all
),

decided as (
    select *,
        case
            when parts_kg >= 0.999 * coalesce(total_kg, 0) then 'parts'
            when fault is null and calculated_kg is not null
                and abs(calculated_kg - coalesce(total_kg, calculated_kg)) <= 0.01 * coalesce(total_kg, calculated_kg)
                then 'calculation'
            else 'total' end as standing
    from breakdown
),

apart as (
    select scheme, head_key, species, period_start, period_end, {{ stable_sum('mass_kg') }} as mass_kg,
        flatten(list(lines)) as lines, min(apart_key) as apart_key
    from held_apart
    group by all
)

select
    summed.* exclude (fault, mass_kg),
    case when summed.scope = 'site' and apart.mass_kg is not null then greatest(summed.mass_kg - apart.mass_kg, 0)
        else summed.mass_kg end as mass_kg,
    case
        when summed.repeats_key is not null
            then 'counted once: form ' || summed.repeats_key || ' of the same plant already holds these figures'
        when summed.mass_kg is null
            then 'a mixture of gases known only as CO2 equivalent: its mass is unknown until the gases are given'
        when summed.fault is not null then summed.fault
        when summed.scope = 'site' and decided.standing <> 'total'
            then 'scope: the report breaks this total down, its parts are used'
        when summed.origin = 'calculation' and decided.standing = 'parts'
            then 'repeats the unit lines of the form: the same tonnes, calculated'
        when summed.origin = 'calculation' and decided.standing = 'total'
            then 'repeats the total of the form, which rests on something else (' || printf('%.4g', decided.total_kg)
                || ' kg, the calculation form gives ' || printf('%.4g', decided.calculated_kg) || ' kg)'
        when summed.origin = 'form' and summed.scope <> 'site' and decided.standing = 'calculation'
            then 'repeats the calculation form, which breaks the whole total down'
        when summed.scope <> 'site' and list_bool_or(list_transform(apart.lines, lambda kg: abs(kg - summed.mass_kg) <= 0.001 * kg))
            then 'counted once: the separate form ' || apart.apart_key || ' holds this line at a site of its own'
    end as ineligible_reason
from summed
inner join decided
    on decided.scheme = summed.scheme and decided.head_key = summed.head_key
    and decided.repeats_key is not distinct from summed.repeats_key and decided.species = summed.species
    and decided.period_start = summed.period_start and decided.period_end = summed.period_end
left join apart
    on summed.repeats_key is null and apart.scheme = summed.scheme and apart.head_key = summed.head_key
    and apart.species = summed.species and apart.period_start = summed.period_start
    and apart.period_end = summed.period_end
