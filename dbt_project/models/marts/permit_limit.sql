-- What permits allow: one row per amount interval with the concentration and rate limits beside it; limits of an outlet
-- without an amount stand for themselves. Limits under a registration's number are none (see rejected_row).
with limited as (
    select permit_limit.*, breach.limit_id is null as is_credible
    from {{ ref('int_permit__limit') }} as permit_limit
    left join {{ ref('int_permit__limit_breach') }} as breach on breach.limit_id = permit_limit.limit_id
    where not permit_limit.is_registration
),

joined as (
    select
        amount.* exclude (concentration_limit_mg_m3, rate_limit_kg_h),
        coalesce(amount.concentration_limit_mg_m3, other.concentration_limit_mg_m3) as concentration_limit_mg_m3,
        coalesce(amount.rate_limit_kg_h, other.rate_limit_kg_h) as rate_limit_kg_h,
        row_number() over (
            partition by amount.scheme, amount.record_key, amount.outlet_code, amount.species, amount.valid_from
            order by amount.permitted_kg is null, other.valid_from desc nulls last, amount.limit_id, other.limit_id
        ) as choice
    from limited as amount
    left join limited as other
        on other.permitted_kg is null and amount.permitted_kg is not null and other.scheme = amount.scheme
        and other.record_key = amount.record_key and other.outlet_code is not distinct from amount.outlet_code
        and other.species = amount.species and other.valid_from <= coalesce(amount.valid_to, date '9999-12-31')
        and coalesce(other.valid_to, date '9999-12-31') >= amount.valid_from
)

select
    scheme, record_key as permit_key, site_id, outlet_id, outlet_code, species, valid_from, valid_to, permitted_kg,
    concentration_limit_mg_m3, rate_limit_kg_h, is_credible, source_file_id, row_no
from joined
where choice = 1
