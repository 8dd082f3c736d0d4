-- What share of a plant's total leaves beside its outlets: by species, from the plants whose statistics name the parts
-- (a part without an outlet at a plant whose other parts have one). Peers are plants of the same branch of industry: of
-- the whole code, else of its first three digits, else of its division, whichever first has three plants that tell; else
-- plants of the same source class that, like this one, do or do not declare the species under their permits.
with plant as (
    select
        site.site_id, site.source_class_code, site.industry_scheme, site.industry_code,
        left(site.industry_code, 3) as industry_group, left(site.industry_code, 2) as division, fugitive.species, declared.site_id is not null as is_declared
    from {{ ref('int_identity__site') }} as site
    inner join {{ ref('fugitive_source') }} as fugitive on fugitive.source_class_code = site.source_class_code
    left join (
        select distinct site_id, species from {{ ref('int_fusion__candidate') }} where feed = 'permit' and is_own_calculation is null
    ) as declared
        on declared.site_id = site.site_id and declared.species = fugitive.species
),

part as (
    select plant.*, candidate.mass_kg, candidate.scope = 'unit' as is_fugitive
    from {{ ref('int_fusion__candidate') }} as candidate
    inner join plant on plant.site_id = candidate.site_id and plant.species = candidate.species
    where candidate.feed = 'statistics' and candidate.scope in ('outlet', 'unit') and candidate.covers is null
        and candidate.is_eligible and candidate.is_own_calculation is null
    qualify bool_or(candidate.scope = 'outlet') over (partition by plant.site_id, plant.species)
),

pooled as (
    select
        species, source_class_code, industry_scheme,
        coalesce(industry_code, industry_group, division) as branch, is_declared,
        count(distinct site_id) as plant_count,
        {{ stable_sum('case when is_fugitive then mass_kg else 0 end') }} / nullif({{ stable_sum('mass_kg') }}, 0) as share
    from part
    group by grouping sets (
        (species, source_class_code, is_declared), (species, source_class_code, industry_scheme, division),
        (species, source_class_code, industry_scheme, industry_group),
        (species, source_class_code, industry_scheme, industry_code)
    )
    having count(distinct site_id) >= 3
)

select plant.site_id, plant.species, pooled.plant_count, pooled.share
from plant
inner join pooled
    on pooled.species = plant.species and pooled.source_class_code = plant.source_class_code
    and (
        pooled.is_declared = plant.is_declared
        or (
            pooled.industry_scheme = plant.industry_scheme
            and pooled.branch in (plant.industry_code, plant.industry_group, plant.division)
        )
    )
where pooled.share is not null
qualify row_number() over (
    partition by plant.site_id, plant.species order by length(pooled.branch) desc nulls last, pooled.plant_count
) = 1
