-- Shares of PM10, PM2.5, BC and OC in the dust of each source. First a share measured behind this very treatment; else
-- the dust before control that the chain lets through, f(1 - η) / Σ f(1 - η) by size (T/CSES 144-2024 annexes A and C);
-- else what the class emits. Dust before control is never taken as it is where the stack was measured, or where a control
-- stands. Spread: normal in the logarithm of the odds, so that no share leaves 0 to 1; 95 % half-width 196 (1 - share) σ.
with size_row as (
    select
        source.*, size.size_id, size.stage, size.source as size_source, size.pm2_5_share as fine,
        size.pm10_share - size.pm2_5_share as medium, 1 - size.pm10_share as coarse, size.odds_sigma, size.source_status as size_status
    from {{ ref('int_dust__source') }} as source
    inner join {{ ref('dust_size') }} as size
        on {{ dust_row_fits('size', 'source') }}
        and case size.stage
            when 'before_control'
                then source.treatment is not null and not (source.is_measured and source.treatment = 'none')
            else size.treatment_code = '*' or coalesce(list_contains(string_split(source.treatment, ' > '), size.treatment_code), false)
        end
    qualify row_number() over (
        partition by source.source_id, source.month
        order by
            case when size.stage = 'before_control' then 2 when size.treatment_code <> '*' then 1 else 3 end,
            {{ dust_row_order('size') }}, size.size_id
    ) = 1
),

passed as (
    select
        * exclude (fine, medium, coarse),
        fine * if(stage = 'before_control', fine_penetration, 1) as fine,
        medium * if(stage = 'before_control', medium_penetration, 1) as medium,
        coarse * if(stage = 'before_control', coarse_penetration, 1) as coarse,
        sqrt(odds_sigma * odds_sigma + if(stage = 'before_control', odds_variance, 0)) as sigma,
        case when stage = 'before_control' then {{ weakest_status(['size_status', 'source_status']) }} else size_status end as status
    from size_row
),

sized as (
    select
        *, (fine + medium) / (fine + medium + coarse) as pm10, fine / (fine + medium + coarse) as pm2_5,
        size_id || case when stage = 'before_control' then ' > ' || treatment else '' end as size_key
    from passed
),

carbon as (
    select
        sized.*, composition.species, composition.composition_id, composition.share as part,
        composition.source as composition_source, {{ weakest_status(['sized.status', 'composition.source_status']) }} as part_status,
        {{ bounds_pct('composition.lower', 'composition.upper', 'composition.share') }} as part_pct
    from sized
    inner join {{ ref('dust_composition') }} as composition on {{ dust_row_fits('composition', 'sized') }}
    qualify row_number() over (
        partition by sized.source_id, sized.month, composition.species
        order by {{ dust_row_order('composition') }}, composition.composition_id
    ) = 1
),

-- Two tables meet here: what is left of the fine dust after black carbon bounds organic carbon.
bounded as (
    select * exclude (part), case species when 'BC' then part
        else least(part, 1 - max(part) filter (where species = 'BC') over (partition by source_id, month)) end as part
    from carbon
)

select source_id, month, 'PM10' as species, pm10 as fraction, 196 * (1 - pm10) * sigma as fraction_pct, size_key as fraction_id,
    'dust_size.' || size_id as shared_key, status as factor_status, stage, size_source as source
from sized
union all by name
select source_id, month, 'PM2.5' as species, pm2_5 as fraction, 196 * (1 - pm2_5) * sigma as fraction_pct, size_key as fraction_id,
    'dust_size.' || size_id as shared_key, status as factor_status, stage, size_source as source
from sized
union all by name
select source_id, month, species, pm2_5 * part as fraction,
    {{ combine_pct(['196 * (1 - pm2_5) * sigma', 'part_pct']) }} as fraction_pct, size_key || ', ' || composition_id as fraction_id,
    'dust_composition.' || composition_id as shared_key, part_status as factor_status, stage,
    size_source || '; ' || composition_source as source
from bounded
