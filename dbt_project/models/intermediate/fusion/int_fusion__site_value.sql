-- The best plant-level value of each month, and how it may enter: shared out by permitted amounts, as the difference
-- to the finer values, or whole where nothing finer exists.
with ordered as (
    select *, row_number() over (
        partition by site_id, species, month order by rank, period_days, candidate_id
    ) as choice
    from {{ ref('int_fusion__month') }}
    where scope = 'site' and not is_comparison
),

fine as (
    select
        site_id, species, year(month) as year,
        bool_or(scope = 'unit') as has_unit,
        bool_and(scope = 'unit' and covers is null) as has_parts_only
    from {{ ref('int_fusion__fine') }}
    group by site_id, species, year(month)
),

weighted as (
    select site_id, species, year
    from {{ ref('int_identity__permitted') }}
    where not is_site_total
    group by site_id, species, year
    having sum(permitted_kg) > 0
)

select
    ordered.* exclude (choice),
    case
        when weighted.site_id is not null and not coalesce(fine.has_unit, false) then 'allocate'
        -- A measured plant total is the sum of its outlets; parts without an outlet stand beside it.
        when fine.has_parts_only and ordered.basis = 'measured' and fugitive.species is not null then 'whole'
        when fine.site_id is not null then 'difference'
        else 'whole'
    end as mode
from ordered
left join fine
    on fine.site_id = ordered.site_id and fine.species = ordered.species and fine.year = year(ordered.month)
left join weighted
    on weighted.site_id = ordered.site_id and weighted.species = ordered.species
    and weighted.year = year(ordered.month)
left join {{ ref('fugitive_source') }} as fugitive
    on fugitive.species = ordered.species and fugitive.source_class_code = ordered.source_class_code
where ordered.choice = 1
