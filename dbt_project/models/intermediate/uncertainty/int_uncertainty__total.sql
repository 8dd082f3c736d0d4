-- Analytic propagation for every published total (IPCC 2006 Guidelines vol. 1 ch. 3, approach 1): what figures share adds
-- linearly, own errors in squares. Parts are lognormal, so that the variance of a product of the two is exact.
with term as (
    select *,
        concat_ws('|', region_code, source_class_code, coalesce(industry_code, '')) as class_subject,
        sqrt(exp(sigma_shared * sigma_shared) - 1) as shared_cv,
        sqrt((exp(sigma_own * sigma_own) - 1) * exp(sigma_shared * sigma_shared)) as own_cv
    from {{ ref('int_uncertainty__term') }}
),

part as (
    select 'class' as level, class_subject as subject, * exclude (site_id, region_code) from term
    union all by name
    select 'site' as level, site_id as subject, * exclude (site_id, region_code) from term where site_id is not null
    union all by name
    select 'region' as level, member.subject, term.* exclude (site_id, region_code)
    from term
    inner join {{ ref('int_uncertainty__member') }} as member on member.region_code = term.region_code
),

-- Shares first, so that grams and megatonnes keep the same digits.
shared_out as (
    select *, coalesce(mass_kg / nullif(
        {{ stable_sum('mass_kg', 'over (partition by level, subject, species, year)') }}, 0
    ), 0) as share
    from part
),

by_key as (
    select level, subject, species, year, {{ stable_sum('mass_kg') }} as mass_kg,
        {{ stable_sum('share * shared_cv') }} as cv
    from shared_out
    group by level, subject, species, year, shared_key
    union all
    select level, subject, species, year, 0 as mass_kg, {{ stable_sum('share * own_cv') }} as cv
    from shared_out
    group by level, subject, species, year, own_key
)

select
    level, subject, species, year, {{ stable_sum('mass_kg') }} as mass_kg,
    196 * sqrt({{ stable_sum('cv * cv') }}) as uncertainty_pct
from by_key
group by level, subject, species, year
