-- Outlets that nobody gives a value for, though their permit limits the species: how many stand beside those with a value,
-- by plant, species and year. Where a value of the whole plant stands, it holds them. Shares of dust follow the dust.
with standing as (
    select distinct
        settled.site_id, settled.source_id, settled.species, year(settled.month) as year,
        case when settled.method_code = 'pm_fraction' then 'PM' else settled.species end as limited_species,
        outlet.outlet_id is not null as is_outlet, settled.entry in ('whole', 'difference') as is_whole
    from {{ ref('int_fusion__settled') }} as settled
    left join {{ ref('int_identity__outlet') }} as outlet on outlet.outlet_id = settled.source_id
),

plant as (
    select site_id, species, limited_species, year, count(distinct source_id) filter (where is_outlet) as valued_outlets
    from standing
    group by site_id, species, limited_species, year
    having bool_or(is_outlet) and not bool_or(is_whole)
),

limited as (
    select distinct site_id, outlet_id, species, valid_from, valid_to
    from {{ ref('int_permit__limit') }}
    where outlet_id is not null and not is_registration
        and coalesce(permitted_kg, concentration_limit_mg_m3, rate_limit_kg_h) > 0
)

select
    plant.site_id, plant.species, plant.year, plant.valued_outlets, count(distinct limited.outlet_id) as silent_outlets
from plant
inner join limited
    on limited.site_id = plant.site_id and limited.species = plant.limited_species
    and limited.valid_from <= make_date(plant.year, 12, 31)
    and coalesce(limited.valid_to, date '9999-12-31') >= make_date(plant.year, 1, 1)
left join standing
    on standing.source_id = limited.outlet_id and standing.species = plant.species and standing.year = plant.year
where standing.source_id is null
group by plant.site_id, plant.species, plant.year, plant.valued_outlets
