-- What the heat of plants without amounts of fuel is estimated from, piece by piece, and the fuels it is taken to be of.
with mix as (
    select site_id, year, bool_and(is_stated) as is_fuel_stated,
        string_agg(fuel_code || ' ' || round(share, 4), '|' order by share desc, fuel_code) as fuels
    from {{ ref('int_heat__fuel') }}
    group by site_id, year
)

select
    evidence.site_id, evidence.year, evidence.evidence, evidence.amount, evidence.unit, evidence.factor_value,
    evidence.factor_unit, evidence.factor_ids, evidence.heat_gj, evidence.log_sd, mix.fuels, mix.is_fuel_stated,
    evidence.source_file_id, evidence.row_no
from {{ ref('int_heat__evidence') }} as evidence
inner join mix on mix.site_id = evidence.site_id and mix.year = evidence.year
