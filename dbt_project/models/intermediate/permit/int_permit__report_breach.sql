-- Declarations far beyond a reference that exists for them (a missing or zero reference bounds nothing), and what arrives
-- under a registration's number. Execution reports are known to hold absurd values (11.19 billion t for a firm permitted
-- 0.36 t).
with declared as (
    select * from {{ ref('int_permit__declared') }}
),

-- Capacity inside the limits; one that only contradicts the permitted amount is not believed, nor is the amount.
capacity as (
    select
        permit_limit.site_id, permit_limit.source_id, permit_limit.species,
        max(permit_limit.stack_capacity_kg_h) as stack_kg_h, max(permit_limit.rate_capacity_kg_h) as rate_kg_h
    from {{ ref('int_permit__limit') }} as permit_limit
    left join {{ ref('int_permit__limit_breach') }} as breach on breach.limit_id = permit_limit.limit_id
    where not permit_limit.is_site_total and not permit_limit.is_registration
    group by permit_limit.site_id, permit_limit.source_id, permit_limit.species
    having not bool_or(coalesce(breach.is_capacity_only, false))
),

plant_capacity as (
    select site_id, species, {{ stable_sum('stack_kg_h') }} as stack_kg_h
    from capacity
    group by site_id, species
    having bool_and(stack_kg_h is not null)
),

territory_largest as (
    select species, year, max(mass_kg) as mass_kg from {{ ref('int_permit__surveyed') }} group by species, year
),

referred as (
    select
        declared.*,
        amount.largest_kg as permitted_year,
        case when count(*) filter (where declared.mass_kg > 0) over own > 2
            then median(case when declared.mass_kg > 0 then declared.mass_kg / declared.days end) over own * declared.days
            end as own_median,
        surveyed.mass_kg as statistics_year,
        territory_largest.mass_kg as territory_largest,
        capacity.stack_kg_h * 24 * declared.days as stack_capacity,
        capacity.rate_kg_h * 24 * declared.days as rate_limit,
        case when declared.scope = 'site' then plant_capacity.stack_kg_h * 24 * declared.days end as plant_stacks,
        -- MW × 3.6 = GJ/h
        site.rated_input_mw * 3.6 * 24 * declared.days * bound.value as heat_capacity
    from declared
    left join {{ ref('int_permit__amount') }} as amount
        on amount.source_id = declared.source_id and amount.species = declared.species and amount.year = declared.year
    left join {{ ref('int_permit__surveyed') }} as surveyed
        on surveyed.site_id = declared.site_id and surveyed.species = declared.species and surveyed.year = declared.year
    left join territory_largest
        on territory_largest.species = declared.species and territory_largest.year = declared.year
    left join capacity on capacity.source_id = declared.source_id and capacity.species = declared.species
    left join plant_capacity on plant_capacity.site_id = declared.site_id and plant_capacity.species = declared.species
    left join {{ ref('int_identity__site') }} as site on site.site_id = declared.site_id
    left join {{ ref('capacity_bound') }} as bound
        on bound.quantity = 'heat_factor' and bound.source_class_code = site.source_class_code
        and bound.species = declared.species
    window own as (partition by declared.source_id, declared.species)
)

select
    reference.report_id,
    arg_max(
        {{ band_sentence('reference.mass_kg', 'reference.reference_kg', 'band') }},
        {{ band_excess('reference.mass_kg / reference.reference_kg', 'band') }}
    ) as reason
from (
    select report_id, mass_kg, quantity, reference_kg
    from referred
    unpivot (reference_kg for quantity in (
        permitted_year, own_median, statistics_year, territory_largest, stack_capacity, rate_limit, plant_stacks,
        heat_capacity
    ))
    where not is_registration
) as reference
inner join {{ ref('sanity_band') }} as band on band.subject = 'report' and band.quantity = reference.quantity
where
    reference.reference_kg > 0
    and {{ band_excess('reference.mass_kg / reference.reference_kg', 'band') }} > 1
group by reference.report_id
union all
select report_id, 'out_of_band: a registration has no execution report; none is credible' as reason
from declared
where is_registration
