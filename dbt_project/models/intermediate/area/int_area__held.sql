-- What of a county total other figures of the inventory already hold, so that it may not stand twice: plants of the classes
-- that the total covers, unless the survey lists them one by one in that year (then the total never held them); and totals
-- of narrower regions inside it. A plant comes off one total only: that of its own class and of the narrowest region.
-- `month` is null for what is known of the whole period. Winners, not what stands: nowcasts infer from the reduced totals.
with total as (
    select
        candidate.candidate_id, candidate.source_class_code, candidate.species, candidate.period_start,
        candidate.period_end, candidate.method_code, candidate.rank, candidate.mass_kg, candidate.held_kg,
        place.today_code,
        -- Codes that became one region share its plants in proportion.
        candidate.mass_kg / nullif({{ stable_sum('candidate.mass_kg', 'over (partition by place.today_code, '
            ~ 'candidate.source_class_code, candidate.species, candidate.period_start, candidate.period_end, '
            ~ 'candidate.method_code)') }}, 0) as code_share
    from {{ ref('int_fusion__candidate') }} as candidate
    inner join {{ ref('int_region__within') }} as place
        on place.region_code = candidate.region_code and place.distance = 0
    where candidate.scope = 'county' and candidate.is_eligible
),

surveyed as (
    select link.site_id, head.year
    from {{ ref('stg_statistics__site') }} as head
    inner join {{ source('identity', 'link') }} as link
        on link.feed = 'statistics' and link.scheme = head.scheme and link.record_key = head.record_key
        and {{ in_force('link', 'head.valid_from') }}
    union
    select site_id, year(period_start) as year from {{ ref('int_candidate__statistics') }}
),

point as (
    select
        site.site_id, site.region_code, site.source_class_code, figure.species, figure.month,
        {{ stable_sum('figure.mass_kg') }} as mass_kg
    from {{ ref('int_fusion__winner') }} as figure
    inner join {{ ref('int_identity__site') }} as site on site.site_id = figure.site_id
    where (site.site_id, year(figure.month)) not in (select (site_id, year) from surveyed)
    group by all
),

taken as (
    select total.candidate_id, point.month, point.mass_kg * total.code_share as mass_kg
    from point
    inner join {{ ref('area_overlap') }} as overlap on overlap.listed_class_code = point.source_class_code
    inner join {{ ref('int_region__within') }} as place on place.region_code = point.region_code
    inner join total
        on total.source_class_code = overlap.area_class_code and total.today_code = place.within_code
        and total.species = point.species and total.held_kg is null
        and point.month between date_trunc('month', total.period_start) and total.period_end
    qualify rank() over (
        partition by point.site_id, point.species, point.month order by overlap.overlap_order, place.distance
    ) = 1
),

narrower as (
    select wider.candidate_id, inner_total.mass_kg
    from total as inner_total
    inner join {{ ref('int_region__within') }} as place
        on place.region_code = inner_total.today_code and place.distance > 0
    inner join total as wider
        on wider.today_code = place.within_code and wider.source_class_code = inner_total.source_class_code
        and wider.species = inner_total.species and wider.period_start = inner_total.period_start
        and wider.period_end = inner_total.period_end and wider.method_code = inner_total.method_code
    qualify rank() over (partition by inner_total.candidate_id order by place.distance) = 1
)

select candidate_id, cast(month as date) as month, 'plants' as holder, {{ stable_sum('mass_kg') }} as held_kg
from taken
group by candidate_id, month
union all by name
select candidate_id, cast(null as date) as month, 'narrower totals' as holder, {{ stable_sum('mass_kg') }} as held_kg
from narrower
group by candidate_id
union all by name
select candidate_id, cast(null as date) as month, 'fuel of plants' as holder, held_kg from total where held_kg > 0
