select
    yearly.region_code, yearly.source_class_code, yearly.industry_code, yearly.species, yearly.year, gwp.gwp_set,
    yearly.mass_kg * gwp.gwp as co2e_kg
from {{ ref('emission_yearly') }} as yearly
inner join {{ ref('species') }} as species on species.species = yearly.species
inner join {{ ref('gwp') }} as gwp on gwp.species = yearly.species
where species.species_group = 'greenhouse_gas' and species.is_additive
