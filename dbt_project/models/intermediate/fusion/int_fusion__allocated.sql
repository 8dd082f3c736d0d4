-- A plant total shared out to its outlets by permitted amounts. What the permit allows beyond its outlets falls to the
-- remainder, unless it is so little that it is rounding (seed capacity_bound). Finer values of outlets without a permitted
-- amount are taken off first, so that nothing counts twice.
with site_value as (
    select * from {{ ref('int_fusion__site_value') }} where mode = 'allocate'
),

rounding as (
    select max(value) as share from {{ ref('capacity_bound') }} where quantity = 'permitted_rounding'
),

permitted as (
    select
        outlet.site_id, outlet.source_id, outlet.species, outlet.year, outlet.permitted_kg, total.permitted_kg as plant_kg,
        {{ stable_sum('outlet.permitted_kg', 'over (partition by outlet.site_id, outlet.species, outlet.year)') }} as outlets_kg
    from {{ ref('int_identity__permitted') }} as outlet
    left join {{ ref('int_identity__permitted') }} as total
        on total.site_id = outlet.site_id and total.species = outlet.species and total.year = outlet.year
        and total.is_site_total
    where not outlet.is_site_total and outlet.permitted_kg > 0
),

outlet_share as (
    select
        permitted.site_id, permitted.source_id, permitted.species, permitted.year,
        permitted.permitted_kg / case
            when permitted.plant_kg > permitted.outlets_kg * (1 + coalesce(rounding.share, 0)) then permitted.plant_kg
            else permitted.outlets_kg end as share
    from permitted
    cross join rounding
),

share as (
    select * from outlet_share
    union all
    select site_id, site_id || ':REMAINDER' as source_id, species, year, 1 - {{ stable_sum('share') }} as share
    from outlet_share
    group by site_id, species, year
    having {{ stable_sum('share') }} < 1 - 1e-9
),

outside as (
    select fine.site_id, fine.species, fine.month, {{ stable_sum('fine.mass_kg') }} as mass_kg
    from {{ ref('int_fusion__fine') }} as fine
    where (fine.source_id, fine.species, year(fine.month)) not in (
        select (source_id, species, year) from outlet_share
    )
    group by fine.site_id, fine.species, fine.month
)

select
    site_value.* exclude (source_id, mass_kg, mode),
    share.source_id,
    greatest(site_value.mass_kg - coalesce(outside.mass_kg, 0), 0) * share.share as mass_kg,
    share.share
from site_value
inner join share
    on share.site_id = site_value.site_id and share.species = site_value.species
    and share.year = year(site_value.month)
left join outside
    on outside.site_id = site_value.site_id and outside.species = site_value.species
    and outside.month = site_value.month
