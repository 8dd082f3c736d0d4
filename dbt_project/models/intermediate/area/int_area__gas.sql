-- Greenhouse gases of the fuel of area sources: carbon balance and factors per energy, all defaults. `held_kg` is the part
-- that plants burn as points: their fuel comes off before the gas is computed, so their figures are not taken off again.
with valued as (
    select area.*, ncv.value as ncv_gj_per_unit, ncv.source_status as ncv_status
    from {{ ref('int_area__fuel') }} as area
    inner join {{ ref('region') }} as region on region.region_code = area.region_code and region.level = 'county'
    inner join {{ ref('factor') }} as ncv
        on ncv.factor_kind = 'ncv' and ncv.fuel_code = area.fuel_code
        and area.period_start between ncv.valid_from and coalesce(ncv.valid_to, date '9999-12-31')
),

per_unit as (
    select
        valued.*, case when valued.is_biogenic then 'CO2_bio' else 'CO2' end as species,
        valued.ncv_gj_per_unit * content.value * oxidation.value * 44 / 12 * 1000 as kg_per_unit,
        {{ weakest_status(['valued.ncv_status', 'content.source_status', 'oxidation.source_status']) }} as factor_status
    from valued
    inner join {{ ref('factor') }} as content
        on content.factor_kind = 'carbon_content' and content.fuel_code = valued.fuel_code
        and valued.period_start between content.valid_from and coalesce(content.valid_to, date '9999-12-31')
    inner join {{ ref('factor') }} as oxidation
        on oxidation.factor_kind = 'oxidation' and oxidation.fuel_code = valued.fuel_code
        and valued.period_start between oxidation.valid_from and coalesce(oxidation.valid_to, date '9999-12-31')
    union all by name
    (
        select
            valued.*, factor.species, valued.ncv_gj_per_unit / 1000 * factor.value as kg_per_unit,
            {{ weakest_status(['valued.ncv_status', 'factor.source_status']) }} as factor_status
        from valued
        inner join {{ ref('factor') }} as factor
            on factor.factor_kind = 'emission_per_energy' and factor.fuel_code = valued.fuel_code
            and factor.species in ('CH4', 'N2O') and factor.technology = '*'
            and factor.source_class_code in ('*', valued.source_class_code)
            and valued.period_start between factor.valid_from and coalesce(factor.valid_to, date '9999-12-31')
        qualify row_number() over (
            partition by valued.region_code, valued.source_class_code, valued.fuel_code, valued.period_start,
                valued.period_end, factor.species
            order by factor.source_class_code = '*', factor.valid_from desc, factor.factor_id
        ) = 1
    )
)

select
    region_code, source_class_code, species, period_start, period_end,
    {{ stable_sum('amount * kg_per_unit') }} as mass_kg,
    {{ stable_sum('least(plant_amount, amount) * kg_per_unit') }} as held_kg,
    {{ status_name('max(' ~ status_rank('factor_status') ~ ')') }} as factor_status,
    {{ weakest_edition('edition') }} as edition,
    case when count(distinct source_file_id) = 1 then min(source_file_id) end as source_file_id,
    sum(input_count)::bigint as input_count
from per_unit
group by region_code, source_class_code, species, period_start, period_end
