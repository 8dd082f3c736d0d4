-- A report may give gases for the whole plant and one CO2-equivalent total per part. The gases are shared out: a part
-- that can hold one gas only takes its whole total as that gas; what is left of each gas goes to the other parts in
-- proportion to their totals. The sum over parts equals the plant's gas exactly; a rest that no part can hold stays
-- as part 'unassigned'.
with emission as (
    select * from {{ ref('stg_statistics__emission') }}
),

part as (
    select emission.scheme, emission.record_key, emission.period_start, emission.period_end, emission.part_code,
        emission.gwp_set, emission.co2e_kg, emission.source_file_id, emission.row_no
    from emission
    where emission.species = 'CO2E' and emission.part_code is not null and emission.co2e_kg > 0
),

gas as (
    select emission.scheme, emission.record_key, emission.period_start, emission.period_end, emission.species,
        emission.mass_kg, emission.source_file_id, emission.row_no,
        case when emission.mass_kg is null then emission.co2e_kg
            else emission.mass_kg * coalesce(gwp.gwp, 1) end as co2e_kg,
        coalesce(gwp.gwp, 1) as gwp
    from emission
    left join {{ ref('gwp') }} as gwp
        on gwp.species = emission.species
        and gwp.gwp_set = (
            select min(part.gwp_set) from part
            where part.scheme = emission.scheme and part.record_key = emission.record_key
        )
    where emission.part_code is null and emission.outlet_code is null and emission.species <> 'CO2E'
),

-- The gases each part can hold and the plant does report; parts without a rule can hold any.
pair as (
    select part.*, gas.species, gas.gwp, gas.co2e_kg as gas_co2e_kg, gas.mass_kg as gas_mass_kg,
        count(*) over (
            partition by part.scheme, part.record_key, part.period_start, part.part_code
        ) as gas_count
    from part
    inner join gas using (scheme, record_key, period_start, period_end)
    left join {{ ref('part_gas') }} as part_gas
        on part_gas.scheme = part.scheme and part_gas.part_code = part.part_code and part_gas.species = gas.species
    where
        part_gas.species is not null
        or (
            gas.species <> 'CO2_bio'
            and (part.scheme, part.part_code) not in (select (scheme, part_code) from {{ ref('part_gas') }})
        )
),

single as (
    select *,
        co2e_kg * least(1, gas_co2e_kg / {{ stable_sum(
            'co2e_kg', 'over (partition by scheme, record_key, period_start, species)'
        ) }}) as share_co2e_kg
    from pair
    where gas_count = 1
),

rest as (
    select gas.*,
        greatest(gas.co2e_kg - coalesce((
            select {{ stable_sum('single.share_co2e_kg') }} from single
            where single.scheme = gas.scheme and single.record_key = gas.record_key
                and single.period_start = gas.period_start and single.species = gas.species
        ), 0), 0) as rest_co2e_kg
    from gas
    where (gas.scheme, gas.record_key, gas.period_start) in (select (scheme, record_key, period_start) from part)
),

shared as (
    select pair.scheme, pair.record_key, pair.period_start, pair.period_end, pair.species, pair.part_code,
        pair.source_file_id, pair.row_no,
        rest.rest_co2e_kg * pair.co2e_kg / {{ stable_sum(
            'pair.co2e_kg', 'over (partition by pair.scheme, pair.record_key, pair.period_start, pair.species)'
        ) }} as share_co2e_kg
    from pair
    inner join rest using (scheme, record_key, period_start, period_end, species)
    where pair.gas_count > 1
),

unassigned as (
    select scheme, record_key, period_start, period_end, species, 'unassigned' as part_code, source_file_id, row_no,
        rest_co2e_kg as share_co2e_kg
    from rest
    where (scheme, record_key, period_start, species) not in (
        select (scheme, record_key, period_start, species) from shared
    ) and rest_co2e_kg > 1e-6 * co2e_kg
),

split as (
    select scheme, record_key, period_start, period_end, species, part_code, source_file_id, row_no, share_co2e_kg
    from single
    union all by name select * from shared
    union all by name select * from unassigned
)

select
    split.scheme, split.record_key, split.part_code, split.species, split.period_start, split.period_end,
    case when rest.mass_kg is not null then split.share_co2e_kg / rest.gwp end as mass_kg,
    case when rest.mass_kg is null then split.share_co2e_kg end as co2e_kg,
    split.source_file_id, split.row_no
from split
inner join rest using (scheme, record_key, period_start, period_end, species)
where split.share_co2e_kg > 0
