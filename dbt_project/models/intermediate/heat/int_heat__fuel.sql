-- The fuels of a plant with the share of its heat that each is expected to give: weights of the seed fuel_share among
-- the fuels it names. A plant that names none with a factor takes those of its peers: all that plants of its division of
-- industry name, or of the register where fewer than ten do. Shares are read as a Dirichlet distribution of
-- concentration 1, so that var(Σ s·x) = (Σ p·x² - (Σ p·x)²) / 2 (docs/heat-estimate.md).
with stated as (
    select distinct plant.site_id, plant.year, plant.industry_scheme, left(plant.industry_code, 2) as division, fuel.fuel_code, share.weight
    from {{ ref('int_heat__plant') }} as plant
    cross join {{ source('raw', 'feed_set') }} as feed_set
    inner join {{ ref('stg_permit__site_fuel') }} as fuel
        on fuel.scheme = plant.scheme and fuel.record_key = plant.record_key
        and fuel.valid_from is not distinct from plant.valid_from
    inner join {{ ref('fuel_share') }} as share
        on share.fuel_code = fuel.fuel_code and share.territory = feed_set.territory
),

peer as (
    select year, industry_scheme, division, fuel_code, {{ stable_sum('weight') }} as weight
    from stated
    group by year, industry_scheme, division, fuel_code
    union all
    select year, null as industry_scheme, null as division, fuel_code, {{ stable_sum('weight') }} as weight
    from stated
    group by year, fuel_code
),

told as (
    select year, industry_scheme, division
    from stated
    group by year, industry_scheme, division
    having count(distinct site_id) >= 10
),

weighted as (
    select site_id, year, fuel_code, true as is_stated, weight from stated
    union all
    select plant.site_id, plant.year, peer.fuel_code, false as is_stated, peer.weight
    from {{ ref('int_heat__plant') }} as plant
    left join told
        on told.year = plant.year and told.industry_scheme = plant.industry_scheme
        and told.division = left(plant.industry_code, 2)
    inner join peer
        on peer.year = plant.year and peer.industry_scheme is not distinct from told.industry_scheme
        and peer.division is not distinct from told.division
    anti join stated on stated.site_id = plant.site_id and stated.year = plant.year
)

select
    site_id, year, fuel_code, is_stated,
    weight / {{ stable_sum('weight', 'over (partition by site_id, year)') }} as share
from weighted
