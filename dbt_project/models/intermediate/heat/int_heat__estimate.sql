-- One heat input per plant and year: the evidence weighted by inverse variance of its logarithm. Pieces share causes
-- (load, controls), so that the whole is never narrower than its best piece; where they contradict each other it is
-- wider (chi-square per degree of freedom, as Birge's ratio), up to a factor of 50 (log_sd 2: own rule; one plant whose
-- pieces lie a thousandfold apart would else be all of a country's variance). Without evidence there is no heat: the
-- register asks for rating and pollutants of all that burns fuel.
with weighed as (
    select
        site_id, year, count(*) as evidence_count, min(log_sd) as best_sd,
        {{ stable_sum('1 / (log_sd * log_sd)') }} as weight,
        {{ stable_sum('ln(heat_gj) / (log_sd * log_sd)') }} as weighted_log
    from {{ ref('int_heat__evidence') }}
    group by site_id, year
),

contradiction as (
    select weighed.site_id, weighed.year,
        {{ stable_sum('power((ln(evidence.heat_gj) - weighed.weighted_log / weighed.weight) / evidence.log_sd, 2)') }} as chi_square
    from weighed
    inner join {{ ref('int_heat__evidence') }} as evidence
        on evidence.site_id = weighed.site_id and evidence.year = weighed.year
    group by weighed.site_id, weighed.year
)

select
    plant.site_id, plant.year, weighed.evidence_count,
    exp(weighed.weighted_log / weighed.weight) as heat_gj,
    sqrt(greatest(
        power(weighed.best_sd, 2),
        least(4, greatest(1, contradiction.chi_square / nullif(weighed.evidence_count - 1, 0)) / weighed.weight)
    )) as log_sd,
    plant.source_file_id, plant.row_no
from {{ ref('int_heat__plant') }} as plant
left join weighed on weighed.site_id = plant.site_id and weighed.year = plant.year
left join contradiction on contradiction.site_id = plant.site_id and contradiction.year = plant.year
