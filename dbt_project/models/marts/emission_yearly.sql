-- Totals. Figures of one method share its errors and add linearly; methods are independent and add in squares.
with by_method as (
    select
        emission.region_code, emission.source_class_code, emission.industry_code, emission.species,
        year(emission.month) as year, emission.method_code, method.basis,
        {{ stable_sum('emission.mass_kg') }} as mass_kg,
        {{ stable_sum('emission.mass_kg * emission.uncertainty_pct') }} as weighted_pct
    from {{ ref('emission') }} as emission
    inner join {{ ref('method') }} as method on method.method_code = emission.method_code
    group by all
)

select
    region_code, source_class_code, industry_code, species, year,
    {{ stable_sum('mass_kg') }} as mass_kg,
    case when {{ stable_sum('mass_kg') }} > 0
        then sqrt({{ stable_sum('weighted_pct * weighted_pct / 1e12') }}) * 1e6 / {{ stable_sum('mass_kg') }}
        else 0 end as uncertainty_pct,
    case when {{ stable_sum('mass_kg') }} > 0
        then coalesce({{ stable_sum("case when basis = 'measured' then mass_kg end") }}, 0) / {{ stable_sum('mass_kg') }}
        else 0 end as share_measured
from by_method
group by region_code, source_class_code, industry_code, species, year
