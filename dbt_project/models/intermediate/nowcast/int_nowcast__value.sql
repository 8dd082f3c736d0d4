-- What stands of the plants and county sources with an unfinished year: the months to date, and the months of the
-- finished year behind it (dated into the unfinished one). Closed outlets and plants are left out, and own calculations
-- of shares of dust, which follow from the dust that stands.
with value as (
    select site_id, source_id, species, month, mass_kg, candidate_id, method_code, feed, factor_status
    from {{ ref('int_fusion__winner') }}
    union all by name
    select source_id, species, month, mass_kg, candidate_id, method_code, feed, factor_status, region_code, source_class_code,
        source_kind
    from {{ ref('int_fusion__area') }}
)

select
    value.* exclude (month), open.year, open.base_year, year(value.month) = open.year as is_to_date,
    make_date(open.year, month(value.month), 1) as month
from {{ ref('int_nowcast__open') }} as open
inner join value
    on coalesce(value.site_id, value.source_id) = open.subject and year(value.month) in (open.year, open.base_year)
where
    value.candidate_id not in (
        select candidate_id from {{ ref('int_fusion__candidate') }}
        where is_own_calculation
            and species in (select species from {{ ref('dust_composition') }} union all values ('PM10'), ('PM2.5'))
    )
    and value.source_id not in (select source_id from {{ ref('int_nowcast__closed') }} where is_closed)
    and coalesce(value.site_id, '') not in (select site_id from {{ ref('int_nowcast__closed') }} where is_site_closed)
