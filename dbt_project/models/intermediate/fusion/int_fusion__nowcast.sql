-- Months of an unfinished year that nobody has reported. A source with months to date goes on in the shape of its own
-- last finished year, else of its plant's, else of the plant's profile, else by days; a shape is left where the months to
-- date exceed those of last year by more than activity may (seed capacity_bound). A source without any repeats its last finished year times the
-- activity of its plant (county sources times 1), unless what is known now stands for it (int_nowcast__repeated).
with to_date as (
    select
        site_id, source_id, species, year, base_year, {{ stable_sum('mass_kg') }} as told_kg, count(*) as told_count,
        arg_max(candidate_id, month) as parent_candidate_id, arg_max(method_code, month) as parent_method_code,
        arg_max(feed, month) as feed,
        arg_max(factor_status, month) as factor_status, min(region_code) as region_code,
        min(source_class_code) as source_class_code, min(source_kind) as source_kind
    from {{ ref('int_nowcast__value') }}
    where is_to_date
    group by site_id, source_id, species, year, base_year
),

cell as (
    select to_date.*, make_date(to_date.year, series.month_of_year::integer, 1) as month
    from to_date, unnest(range(1, 13)) as series (month_of_year)
),

whole as (
    select site_id, species, month, {{ stable_sum('mass_kg') }} as mass_kg
    from {{ ref('int_nowcast__value') }}
    where not is_to_date and site_id is not null
    group by site_id, species, month
),

weighted as (
    select
        cell.*, told.source_id is not null as is_told, coalesce(own.mass_kg, 0) as own, coalesce(whole.mass_kg, 0) as plant,
        coalesce(general.weight, 0) as profile, day(last_day(cell.month)) as days
    from cell
    left join {{ ref('int_nowcast__value') }} as told
        on told.is_to_date and told.source_id = cell.source_id and told.species = cell.species and told.month = cell.month
    left join {{ ref('int_nowcast__value') }} as own
        on not own.is_to_date and own.source_id = cell.source_id and own.species = cell.species
        and own.month = cell.month
    left join whole on whole.site_id = cell.site_id and whole.species = cell.species and whole.month = cell.month
    left join {{ ref('int_shape__month') }} as general
        on general.site_id = cell.site_id and general.species is null and general.month = cell.month
),

summed as (
    select *,
        {% for shape in ['own', 'plant', 'profile', 'days'] -%}
        {{ stable_sum('case when is_told then ' ~ shape ~ ' else 0 end', 'over source_year') }} as told_{{ shape }},
        {% endfor %}
    from weighted
    window source_year as (partition by source_id, species, year)
),

shaped as (
    select summed.*,
        case when told_own > 0 and told_kg <= bound.ratio * told_own then 'own'
            when told_plant > 0 and told_kg <= bound.ratio * told_plant then 'plant'
            when told_profile > 0 then 'profile' else 'days' end as shape
    from summed
    cross join (
        select max(value) as ratio from {{ ref('capacity_bound') }} where quantity = 'activity_ratio'
    ) as bound
),

continued as (
    select
        * exclude (own, plant, profile, days, told_own, told_plant, told_profile, told_days, is_told),
        'to_date' as basis,
        told_kg / case shape when 'own' then told_own when 'plant' then told_plant
            when 'profile' then told_profile else told_days end as ratio,
        case shape when 'own' then own when 'plant' then plant when 'profile' then profile else days end as weight
    from shaped
    where not is_told
),

nowcast as (
    select *, ratio * weight as mass_kg from continued
    union all by name
    select *, 0 as told_kg, 0 as told_count, 'last_year' as basis from {{ ref('int_nowcast__repeated') }}
),

method as (
    select rule.rule_id, rule.rank, method.uncertainty_pct
    from {{ ref('priority_rule') }} as rule
    inner join {{ ref('method') }} as method on method.method_code = rule.method_code
    where rule.method_code = 'nowcast'
)

select
    'nowcast' as entry, {{ make_id('C', ["'nowcast'", 'nowcast.source_id', 'nowcast.species', 'nowcast.year']) }} as candidate_id,
    nowcast.site_id, nowcast.source_id, nowcast.species, nowcast.month, nowcast.mass_kg, method.rank, method.rule_id,
    nowcast.feed, 'nowcast' as method_code, cast(null as double) as coverage, nowcast.factor_status, true as is_spread,
    date_diff('day', nowcast.month, last_day(nowcast.month)) + 1 as period_days,
    -- What is inferred errs as what it is inferred from does, and by itself: the half-width of the method holds for a month
    -- and doubles where the whole year is inferred.
    {{ combine_pct([
        "coalesce(
            case when candidate.method_code = nowcast.parent_method_code then candidate.uncertainty_pct end,
            special.uncertainty_pct, parent.uncertainty_pct, 0
        )",
        "method.uncertainty_pct * (
            1 + coalesce(1 - nowcast.told_kg / nullif(nowcast.told_kg + "
            ~ stable_sum('nowcast.mass_kg', 'over (partition by nowcast.source_id, nowcast.species, nowcast.year)')
            ~ ", 0), 0)
        )",
    ]) }} as uncertainty_pct,
    nowcast.year, nowcast.base_year, nowcast.basis, nowcast.shape, nowcast.ratio, nowcast.told_kg, nowcast.told_count,
    nowcast.parent_candidate_id, nowcast.region_code, nowcast.source_class_code, nowcast.source_kind
from nowcast
cross join method
left join {{ ref('int_fusion__candidate') }} as candidate on candidate.candidate_id = nowcast.parent_candidate_id
left join {{ ref('int_uncertainty__method') }} as special
    on special.method_code = nowcast.parent_method_code and special.species = nowcast.species
left join {{ ref('method') }} as parent on parent.method_code = nowcast.parent_method_code
