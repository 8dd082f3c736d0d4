-- Totals. Figures of one method share its errors and add linearly; methods are independent and add in squares.
{% set window = 'over (partition by region_code, source_class_code, industry_code, species, year)' %}
with by_method as (
    select
        emission.region_code, emission.source_class_code, emission.industry_code, emission.species,
        year(emission.month) as year, emission.method_code, method.basis,
        {{ stable_sum('emission.mass_kg') }} as mass_kg,
        {{ stable_sum('emission.mass_kg * emission.uncertainty_pct') }} as weighted_pct
    from {{ ref('int_fusion__figure') }} as emission
    inner join {{ ref('method') }} as method on method.method_code = emission.method_code
    group by all
),

-- Shares first, so that grams and megatonnes keep the same digits.
shared as (
    select *,
        weighted_pct / nullif({{ stable_sum('mass_kg', window) }}, 0) as total_pct,
        mass_kg / nullif({{ stable_sum('mass_kg', window) }}, 0) as share
    from by_method
)

select
    region_code, source_class_code, industry_code, species, year,
    {{ stable_sum('mass_kg') }} as mass_kg,
    coalesce(sqrt({{ stable_sum('total_pct * total_pct') }}), 0) as uncertainty_pct,
    least(coalesce({{ stable_sum("case when basis = 'measured' then share end") }}, 0), 1) as share_measured
from shared
group by region_code, source_class_code, industry_code, species, year
