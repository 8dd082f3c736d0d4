-- City totals by year: emissions of additive species and of air pollutants (PM2.5 is a share of PM), and CO2 equivalents,
-- with the least final status among them.
with city as (
    select
        region_code, case when level = 'county' and parent_code is not null then parent_code else region_code end as city_code
    from {{ ref('region') }}
),

figure as (
    select
        city.city_code as region_code, year(emission.month) as year, emission.species, emission.mass_kg,
        list_position(['flash', 'preliminary', 'revised', 'final'], emission.status) as status_order
    from {{ ref('emission') }} as emission
    inner join city on city.region_code = emission.region_code
    inner join {{ ref('species') }} as species on species.species = emission.species
        and (species.is_additive or species.species_group = 'air_pollutant')
),

metric as (
    select region_code, year, 'emission_' || species as metric, {{ stable_sum('mass_kg') }} as value,
        min(status_order) as status_order
    from figure
    group by region_code, year, species
    union all by name
    select figure.region_code, figure.year, 'co2e_' || gwp.gwp_set as metric,
        {{ stable_sum('figure.mass_kg * gwp.gwp') }} as value, min(figure.status_order) as status_order
    from figure
    inner join {{ ref('gwp') }} as gwp on gwp.species = figure.species and gwp.gwp_set <> 'SAR'
    group by figure.region_code, figure.year, gwp.gwp_set
)

select
    metric.region_code, metric.year, metric.metric, metric.value, 'kg' as unit,
    (['flash', 'preliminary', 'revised', 'final'])[metric.status_order] as status,
    rules.method_version
from metric
cross join (
    select 'rules-' || substr(md5(string_agg(rule_id || ':' || rank, ',' order by rule_id)), 1, 8) as method_version
    from {{ ref('priority_rule') }}
) as rules
