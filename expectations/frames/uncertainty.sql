-- Uncertainty: one row per species × year. The simulated interval confirms the propagation: its half-width is compared with
-- that of a lognormal with the propagated coefficient of variation, where that says less than 100 % (beyond, sums are too
-- far from lognormal, and percentiles of 10,000 draws too rough). Of a territory's total it is enough that one of the two
-- says so: one figure of absurd width blows up the propagated variation and hardly moves the percentiles.
with total as (
    select species, year, mass_kg, uncertainty_pct, uncertainty_mc_pct, lower_kg, upper_kg,
        share_measured + share_reported + share_calculated + share_default + share_recalled as shares,
        level = 'territory' as is_territory
    from v1.region_yearly
    union all by name
    select species, year, mass_kg, uncertainty_pct, uncertainty_mc_pct, lower_kg, upper_kg, 1 as shares,
        false as is_territory
    from v1.emission_yearly
),

shaped as (
    select *, sqrt(ln(1 + power(uncertainty_pct / 196, 2))) as sigma from total
),

compared as (
    select *,
        uncertainty_mc_pct
        / nullif(50 * (exp(1.96 * sigma) - exp(-1.96 * sigma)) * exp(-sigma * sigma / 2), 0) as ratio
    from shaped
)

select
    species, year,
    coalesce(max(greatest(ratio, 1 / nullif(ratio, 0))) filter (
        where is_territory and least(uncertainty_pct, uncertainty_mc_pct) < 100
    ), 1) as total_ratio,
    coalesce(max(greatest(ratio, 1 / nullif(ratio, 0))) filter (where uncertainty_pct < 100), 1) as worst_ratio,
    count(*) filter (where uncertainty_mc_pct = 0 and uncertainty_pct > 0 and mass_kg > 0) as rows_without_interval,
    count(*) filter (where not mass_kg between lower_kg and upper_kg and mass_kg > 0 and uncertainty_pct < 100)
        as rows_outside_interval,
    coalesce(max(abs(shares - 1)) filter (where mass_kg > 0), 0) as share_gap
from compared
group by species, year
order by species, year
