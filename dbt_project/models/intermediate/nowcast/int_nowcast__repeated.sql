-- Sources of the last finished year of which nothing is known in the unfinished one: their months times the activity of
-- the plant. What is known now may stand for them in another breakdown (a plant total where outlets stood, outlets where
-- a part stood): then those that it holds are not repeated.
with to_date as (
    select distinct value.site_id, value.source_id, value.species, value.year, value.base_year, candidate.source_id as told_for
    from {{ ref('int_nowcast__value') }} as value
    inner join {{ ref('int_fusion__candidate') }} as candidate on candidate.candidate_id = value.candidate_id
    where value.is_to_date
),

before as (
    select * from {{ ref('int_nowcast__value') }} where not is_to_date
),

-- A source that had values in the finished year too, yet another one stood for it then.
regrouped as (
    select to_date.site_id, to_date.species, to_date.year
    from to_date
    where
        to_date.site_id is not null
        and (to_date.source_id, to_date.species, to_date.year) not in (select (source_id, species, year) from before)
        and exists (
            select 1 from {{ ref('int_fusion__candidate') }} as earlier
            where earlier.source_id in (to_date.source_id, to_date.told_for) and earlier.species = to_date.species
                and year(earlier.period_start) = to_date.base_year
        )
    group by to_date.site_id, to_date.species, to_date.year
),

-- A plant total stands now that did not stand then; one that stood had the others beside it.
whole as (
    select distinct site_id, species, year
    from to_date
    where ends_with(source_id, ':SITE')
        and (source_id, species, year) not in (select (source_id, species, year) from before)
)

select
    before.* exclude (mass_kg, candidate_id, method_code, is_to_date),
    before.candidate_id as parent_candidate_id, before.method_code as parent_method_code,
    before.mass_kg * coalesce(activity.ratio, 1) as mass_kg,
    coalesce(activity.ratio, 1) as ratio, coalesce(activity.basis, 'none') as shape
from before
left join {{ ref('int_nowcast__activity') }} as activity
    on activity.site_id = before.site_id and activity.year = before.year
left join {{ ref('int_identity__outlet') }} as outlet on outlet.outlet_id = before.source_id
left join regrouped
    on regrouped.site_id = before.site_id and regrouped.species = before.species and regrouped.year = before.year
left join whole on whole.site_id = before.site_id and whole.species = before.species and whole.year = before.year
where
    (before.source_id, before.species, before.year) not in (select (source_id, species, year) from to_date)
    and whole.site_id is null
    and (regrouped.site_id is null or outlet.outlet_id is not null)
