-- What hangs on a pair: were A the same place as B, its figures would be counted twice. Species cannot be added, so the
-- one of which A has the largest share of the territory speaks.
with site_mass as (
    select site_id, species, {{ stable_sum('mass_kg') }} as mass_kg from {{ ref('int_fusion__figure') }} group by site_id, species
),

share as (
    select site_id, species, mass_kg, mass_kg / nullif({{ stable_sum('mass_kg', 'over (partition by species)') }}, 0) as mass_share
    from site_mass
),

stake as (
    select * from share qualify row_number() over (partition by site_id order by mass_share desc nulls last, species) = 1
)

select
    pair.left_feed, pair.left_scheme, pair.left_key, pair.right_feed, pair.right_scheme, pair.right_key, pair.left_name,
    pair.right_name, pair.left_legal_code, pair.right_legal_code, pair.left_address, pair.right_address,
    pair.left_region_code, pair.right_region_code, pair.left_industry_code, pair.right_industry_code, pair.left_lon_deg,
    pair.left_lat_deg, pair.right_lon_deg, pair.right_lat_deg, pair.left_rated_input_mw, pair.right_rated_input_mw,
    pair.left_site_id, pair.right_site_id, pair.distance_km, pair.probability, pair.evidence, stake.species,
    stake.mass_kg, stake.mass_share, pair.status, pair.reviewer, pair.decided_on, pair.note
from {{ source('identity', 'link_candidate') }} as pair
left join stake on stake.site_id = pair.left_site_id
