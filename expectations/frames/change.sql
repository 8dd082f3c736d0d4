-- Change: one row per species × year, against the parent release of the same feed set (temporary table parent_total,
-- empty where there is none: every verdict is then `no_parent`). Years outside this release are not compared.
with total as (
    select species, year, fsum(mass_kg) as mass_kg from v1.emission_yearly group by all
),

covered as (
    select distinct year from total
),

parent as (
    select parent_total.* from parent_total inner join covered using (year)
),

paired as (
    select
        coalesce(total.species, parent.species) as species,
        coalesce(total.year, parent.year) as year,
        coalesce(total.mass_kg, 0) as mass_kg,
        coalesce(parent.mass_kg, 0) as parent_kg
    from total
    full join parent on total.species = parent.species and total.year = parent.year
)

select
    species,
    year,
    mass_kg,
    parent_kg,
    case
        when not exists (select 1 from parent_total) then 'no_parent'
        when parent_kg > 0 and mass_kg = 0 then 'vanished'
        when parent_kg = 0 then 'new'
        else 'compared'
    end as verdict,
    case
        when parent_kg > 0 and mass_kg > 0 then greatest(mass_kg / parent_kg, parent_kg / mass_kg)
        else 1
    end as factor
from paired
order by species, year
