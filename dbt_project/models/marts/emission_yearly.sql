-- Totals with their 95 % intervals: propagated (int_uncertainty__total) and simulated (uncertainty.interval).
with total as (
    select
        figure.region_code, figure.source_class_code, figure.industry_code, figure.species, year(figure.month) as year,
        concat_ws('|', figure.region_code, figure.source_class_code, coalesce(figure.industry_code, '')) as subject,
        {{ stable_sum('figure.mass_kg') }} as mass_kg,
        {{ stable_sum("case when method.basis = 'measured' then figure.mass_kg end") }} as measured_kg
    from {{ ref('int_fusion__figure') }} as figure
    inner join {{ ref('method') }} as method on method.method_code = figure.method_code
    group by figure.region_code, figure.source_class_code, figure.industry_code, figure.species, year(figure.month)
)

select
    total.region_code, total.source_class_code, total.industry_code, total.species, total.year, total.mass_kg,
    propagated.uncertainty_pct,
    least(coalesce(total.measured_kg / nullif(total.mass_kg, 0), 0), 1) as share_measured,
    {{ half_width_pct('simulated.lower_kg', 'simulated.upper_kg', 'total.mass_kg') }} as uncertainty_mc_pct,
    simulated.lower_kg, simulated.upper_kg
from total
left join {{ ref('int_uncertainty__total') }} as propagated
    on propagated.level = 'class' and propagated.subject = total.subject and propagated.species = total.species
    and propagated.year = total.year
left join {{ source('uncertainty', 'interval') }} as simulated
    on simulated.level = 'class' and simulated.subject = total.subject and simulated.species = total.species
    and simulated.year = total.year
