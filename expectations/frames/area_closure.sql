-- County totals: one row per species × year of the inventory. Total + exceeded = held + remainder in every county, the
-- remainder is what stands in the inventory, and the points hold no more than the totals. What is derived from a county
-- figure (a share of its dust, a month not reported yet) has no total of its own.
with figure as (
    select species, year(month) as year, region_code, source_class_code, fsum(mass_kg) as mass_kg
    from v1.emission
    where site_id is null and candidate_id not in (
        select candidate_id from v1.emission_candidate where parent_candidate_id is not null
    )
    group by all
),

county as (
    select
        species, year,
        count(*) filter (
            where abs(c.county_total_kg + c.exceeded_kg - c.held_by_points_kg - c.remainder_kg)
            > getvariable('closure_gap') * greatest(c.county_total_kg, c.held_by_points_kg) + getvariable('mass_resolution_kg')
        ) as open_counties,
        count(*) filter (
            where abs(coalesce(c.remainder_kg, 0) - coalesce(f.mass_kg, 0))
            > getvariable('closure_gap') * greatest(c.remainder_kg, f.mass_kg) + getvariable('mass_resolution_kg')
        ) as unequal_counties,
        fsum(c.exceeded_kg) / nullif(fsum(c.held_by_points_kg), 0) as exceeded_share
    from v1.area_closure as c
    full join figure as f using (species, year, region_code, source_class_code)
    group by all
)

select
    inventory.species,
    inventory.year,
    coalesce(county.open_counties, 0) as open_counties,
    coalesce(county.unequal_counties, 0) as unequal_counties,
    coalesce(county.exceeded_share, 0) as exceeded_share
from (select distinct species, year(month) as year from v1.emission) as inventory
left join county using (species, year)
order by inventory.species, inventory.year
