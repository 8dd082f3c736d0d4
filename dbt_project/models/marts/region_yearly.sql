-- Totals of every region, those of its parts included, with both intervals, and what each total rests on.
{% set bases = ['measured', 'reported', 'calculated', 'default', 'recalled'] %}
with total as (
    select
        member.subject as region_code, figure.species, year(figure.month) as year,
        {{ stable_sum('figure.mass_kg') }} as mass_kg,
        {%- for basis in bases %}
        coalesce({{ stable_sum("case when figure.input_basis = '" ~ basis ~ "' then figure.mass_kg end") }}, 0)
            as {{ basis }}_kg{{ "," if not loop.last }}
        {%- endfor %}
    from {{ ref('int_fusion__figure') }} as figure
    inner join {{ ref('int_uncertainty__member') }} as member on member.region_code = figure.region_code
    group by member.subject, figure.species, year(figure.month)
)

select
    total.region_code, total.species, total.year,
    case when total.region_code = feed_set.territory then 'territory' else coalesce(region.level, 'county') end as level,
    total.mass_kg, propagated.uncertainty_pct,
    {{ half_width_pct('simulated.lower_kg', 'simulated.upper_kg', 'total.mass_kg') }} as uncertainty_mc_pct,
    simulated.lower_kg, simulated.upper_kg
    {%- for basis in bases %},
    least(coalesce(total.{{ basis }}_kg / nullif(total.mass_kg, 0), 0), 1) as share_{{ basis }}
    {%- endfor %}
from total
cross join {{ source('raw', 'feed_set') }} as feed_set
left join {{ ref('region') }} as region on region.region_code = total.region_code
left join {{ ref('int_uncertainty__total') }} as propagated
    on propagated.level = 'region' and propagated.subject = total.region_code and propagated.species = total.species
    and propagated.year = total.year
left join {{ source('uncertainty', 'interval') }} as simulated
    on simulated.level = 'region' and simulated.subject = total.region_code and simulated.species = total.species
    and simulated.year = total.year
