-- What share of a plant's total leaves beside its outlets: by species and source class, from the plants whose
-- statistics name the parts (a part without an outlet at a plant whose other parts have one). Three plants at least.
with part as (
    select candidate.site_id, candidate.source_class_code, candidate.species, candidate.mass_kg,
        candidate.scope = 'unit' as is_fugitive
    from {{ ref('int_fusion__candidate') }} as candidate
    where candidate.feed = 'statistics' and candidate.scope in ('outlet', 'unit') and candidate.covers is null
        and candidate.is_eligible
),

plant as (
    select site_id, source_class_code, species,
        {{ stable_sum('mass_kg') }} as total_kg,
        coalesce({{ stable_sum('case when is_fugitive then mass_kg end') }}, 0) as fugitive_kg
    from part
    group by site_id, source_class_code, species
    having bool_or(not is_fugitive)
)

select plant.source_class_code, plant.species, count(*) as plant_count,
    {{ stable_sum('plant.fugitive_kg') }} / {{ stable_sum('plant.total_kg') }} as share
from plant
inner join {{ ref('fugitive_source') }} as fugitive
    on fugitive.species = plant.species and fugitive.source_class_code = plant.source_class_code
group by plant.source_class_code, plant.species
having count(*) >= 3 and sum(plant.total_kg) > 0
