-- Activity of an unfinished year against the finished one: monitored mass of the same outlets, species and months; the
-- median over the species, for each plant and for all plants of a class. More than a bound (seed capacity_bound) tells of
-- another series (a plant that opened within the year before), not of activity: the class speaks, and where it cannot,
-- nothing does (1).
with pair as (
    select
        open.site_id, site.source_class_code, open.year, now.species, now.mass_kg as now_kg, before.mass_kg as before_kg
    from {{ ref('int_nowcast__open') }} as open
    inner join {{ ref('int_fusion__winner') }} as now on now.site_id = open.site_id and year(now.month) = open.year
    inner join {{ ref('int_fusion__winner') }} as before
        on before.source_id = now.source_id and before.species = now.species and year(before.month) = open.base_year
        and month(before.month) = month(now.month)
    inner join {{ ref('int_identity__site') }} as site on site.site_id = open.site_id
    where now.feed = 'monitoring' and before.feed = 'monitoring'
),

by_species as (
    select
        site_id, source_class_code, year, species,
        {{ stable_sum('now_kg') }} / nullif({{ stable_sum('before_kg') }}, 0) as ratio
    from pair
    group by grouping sets ((site_id, source_class_code, year, species), (source_class_code, year, species))
),

ratio as (
    select site_id, source_class_code, year, median(ratio) as ratio
    from by_species
    group by site_id, source_class_code, year
    having median(ratio) <= (select max(value) from {{ ref('capacity_bound') }} where quantity = 'activity_ratio')
)

select
    open.site_id, open.year,
    coalesce(own.ratio, class.ratio, 1) as ratio,
    case when own.ratio is not null then 'plant' when class.ratio is not null then 'class' else 'none' end as basis
from {{ ref('int_nowcast__open') }} as open
inner join {{ ref('int_identity__site') }} as site on site.site_id = open.site_id
left join ratio as own on own.site_id = open.site_id and own.year = open.year
left join ratio as class
    on class.site_id is null and class.source_class_code = site.source_class_code and class.year = open.year
