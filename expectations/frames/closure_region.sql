-- Closure over places: one row per species × year. Σ sources = Σ sites + county sources = counties = cities = territory.
-- A region is followed upwards through its parents, so that figures known only for a city or for the whole territory
-- (districts of a city written as 市辖区, functional zones) count in every sum above them, and a region whose way up is
-- broken falls out of the sum and shows. Gaps are relative, after the resolution of the sums is taken off.
with recursive emitted as (
    select
        species, year(month) as year, fsum(mass_kg) as mass_kg,
        fsum(mass_kg) filter (where site_id is null) as area_kg
    from v1.emission
    group by all
),

site as (
    select species, year, fsum(fused_kg) as mass_kg from v1.reconciliation where fused_kg is not null group by all
),

climb as (
    select region_code, region_code as upper_code, level, parent_code from v1.region
    union
    select climb.region_code, upper.region_code, upper.level, upper.parent_code
    from climb
    inner join v1.region as upper on upper.region_code = climb.parent_code
),

-- What each region counts as: the county itself (or what stands for it), its city (or what stands above), its territory.
placed as (
    select
        region_code, region_code as county_code,
        coalesce(
            max(upper_code) filter (where level = 'city'), max(upper_code) filter (where level = 'territory')
        ) as city_code,
        max(upper_code) filter (where level = 'territory') as territory_code
    from climb
    group by region_code
),

regional as (
    select
        figure.species, figure.year, fsum(figure.mass_kg) filter (where placed.county_code is not null) as county_kg,
        fsum(figure.mass_kg) filter (where placed.city_code is not null) as city_kg,
        fsum(figure.mass_kg) filter (where placed.territory_code = release.territory) as territory_kg
    from v1.emission_yearly as figure
    cross join v1.release as release
    left join placed on placed.region_code = figure.region_code
    group by all
),

keys as (
    select species, year from emitted
    union
    select species, year from site
    union
    select species, year from regional
),

counted as (
    select
        keys.species, keys.year, coalesce(emitted.mass_kg, 0) as source_kg,
        coalesce(site.mass_kg, 0) + coalesce(emitted.area_kg, 0) as site_kg,
        coalesce(regional.county_kg, 0) as county_kg, coalesce(regional.city_kg, 0) as city_kg,
        coalesce(regional.territory_kg, 0) as territory_kg, getvariable('mass_resolution_kg') as resolution_kg
    from keys
    left join emitted using (species, year)
    left join site using (species, year)
    left join regional using (species, year)
)

select
    species,
    year,
    source_kg,
    greatest(abs(source_kg - site_kg) - resolution_kg, 0) / greatest(source_kg, site_kg, resolution_kg) as site_gap,
    greatest(abs(source_kg - county_kg) - resolution_kg, 0) / greatest(source_kg, county_kg, resolution_kg) as county_gap,
    greatest(abs(source_kg - city_kg) - resolution_kg, 0) / greatest(source_kg, city_kg, resolution_kg) as city_gap,
    greatest(abs(source_kg - territory_kg) - resolution_kg, 0)
    / greatest(source_kg, territory_kg, resolution_kg) as territory_gap
from counted
order by species, year
