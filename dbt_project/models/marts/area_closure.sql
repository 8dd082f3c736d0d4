-- County totals against what the points hold: total + exceeded = held + remainder, and the remainder is what stands in
-- the inventory. Registrations are plants that file no report: those without a figure are covered by the remainder.
with closed as (
    select
        region_code, source_class_code, species, year(month) as year,
        {{ stable_sum('total_kg') }} as county_total_kg, {{ stable_sum('held_kg') }} as held_by_points_kg,
        {{ stable_sum('mass_kg') }} as remainder_kg, {{ stable_sum('exceeded_kg') }} as exceeded_kg
    from {{ ref('int_fusion__area') }}
    group by region_code, source_class_code, species, year(month)
),

registered as (
    select site.site_id, place.within_code, overlap.area_class_code
    from {{ ref('int_identity__site') }} as site
    inner join {{ ref('area_overlap') }} as overlap on overlap.listed_class_code = site.source_class_code
    inner join {{ ref('int_region__within') }} as place on place.region_code = site.region_code
    where site.management_class = 'registration'
),

known as (
    select within_code, area_class_code, count(*) as sites from registered group by within_code, area_class_code
),

reporting as (
    select registered.within_code, registered.area_class_code, figure.species, figure.year, count(*) as sites
    from registered
    inner join (
        select distinct site_id, species, year(month) as year from {{ ref('int_fusion__standing') }}
    ) as figure on figure.site_id = registered.site_id
    group by registered.within_code, registered.area_class_code, figure.species, figure.year
)

select
    closed.region_code, closed.source_class_code, closed.species, closed.year, closed.county_total_kg,
    closed.held_by_points_kg, closed.remainder_kg, closed.exceeded_kg,
    coalesce(known.sites, 0) - coalesce(reporting.sites, 0) as registrations_covered
from closed
inner join {{ ref('int_region__within') }} as place on place.region_code = closed.region_code and place.distance = 0
left join known on known.within_code = place.today_code and known.area_class_code = closed.source_class_code
left join reporting
    on reporting.within_code = place.today_code and reporting.area_class_code = closed.source_class_code
    and reporting.species = closed.species and reporting.year = closed.year
