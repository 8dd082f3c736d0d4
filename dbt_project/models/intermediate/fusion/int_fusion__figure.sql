-- Figures of the inventory: winners of plants and county sources, with grade, status and uncertainty. How a longer
-- period falls into months is uncertain month by month and cancels in the year, so that part stands apart.
with point_value as (
    select
        winner.site_id, winner.source_id,
        case
            when outlet.outlet_id is not null then 'outlet'
            when ends_with(winner.source_id, ':REMAINDER') then 'remainder' else 'unit' end as source_kind,
        site.source_class_code, site.industry_code, site.region_code, winner.species, winner.month, winner.mass_kg,
        winner.method_code, winner.feed, winner.entry, winner.coverage, winner.candidate_id, winner.factor_status,
        winner.is_spread, winner.uncertainty_pct, winner.shared_key, winner.is_default
    from {{ ref('int_fusion__settled') }} as winner
    inner join {{ ref('int_identity__site') }} as site on site.site_id = winner.site_id
    left join {{ ref('int_identity__outlet') }} as outlet on outlet.outlet_id = winner.source_id
),

area_value as (
    select
        cast(null as varchar) as site_id, source_id,
        case when source_kind = 'mobile' then 'mobile' else 'area' end as source_kind, source_class_code,
        cast(null as varchar) as industry_code, region_code, species, month, mass_kg, method_code, feed,
        entry, cast(null as double) as coverage, candidate_id, factor_status, true as is_spread, uncertainty_pct
    from {{ ref('int_fusion__standing_area') }}
    union all by name
    select source_id, source_kind, source_class_code, region_code, species, month, mass_kg, method_code, feed, entry,
        candidate_id, factor_status, is_spread, uncertainty_pct, shared_key, is_default
    from {{ ref('int_fusion__fraction') }}
    where site_id is null
),

-- Whether something stands for what leaves a plant by no stack.
value as (
    select *,
        bool_or(source_kind <> 'outlet') over (partition by site_id, species, year(month)) as has_rest
    from point_value
    union all by name
    select *, true as has_rest from area_value
),

-- What is known of a site's year decides its status (DESIGN of the release calendar: monitoring is first, statistics last;
-- but of the statistics only the final edition is final).
knowledge as (
    select
        coalesce(site_id, source_id) as subject, year(period_start) as year,
        case
            when bool_or(feed = 'statistics' and coalesce(edition, 'final') = 'final') then 'final'
            when bool_or(
                (feed = 'permit' and date_diff('day', period_start, period_end) > 300)
                or (feed = 'statistics' and edition = 'checked')
            ) then 'revised'
            when bool_or(feed in ('permit', 'statistics')) then 'preliminary'
            else 'flash' end as status
    from {{ ref('int_fusion__candidate') }}
    where is_eligible
    group by coalesce(site_id, source_id), year(period_start)
),

-- Half-widths, in percent: of the candidate (bounds of its factors), else of the method for the species, widened where
-- hours are missing; what sharing out, county remainders, unseen fugitive parts and silent outlets add; and the width below
-- which no figure falls: that of its grade, and, where results rest on emission coefficients, of such coefficients in
-- guidebooks (what leaves by no stack is known less).
width as (
    select
        value.* exclude (uncertainty_pct, shared_key, is_default), method.basis, method.shared_share,
        coalesce(value.is_default, candidate.is_default, false) as is_default,
        coalesce(
            value.shared_key, case when candidate.method_code = value.method_code then candidate.shared_key end
        ) as factor_key,
        case value.entry when 'difference' then 'E' when 'fugitive_share' then 'E' when 'nowcast' then 'E'
            when 'allocated' then greatest(method.quality_grade, 'D') else method.quality_grade end as quality_grade,
        coalesce(
            value.uncertainty_pct, case when candidate.method_code = value.method_code then candidate.uncertainty_pct end,
            special.uncertainty_pct, method.uncertainty_pct
        ) * (2 - coalesce(value.coverage, 1)) as method_pct,
        {{ combine_pct([
            "case when value.entry = 'allocated' then allocation.uncertainty_pct
            when value.entry = 'county_remainder' then remainder.uncertainty_pct
            when fugitive.species is not null and method.basis = 'measured' and not value.has_rest
                then unseen.uncertainty_pct
            else 0 end",
            "case when value.source_kind = 'outlet'
                then coalesce(silence.uncertainty_pct * silent.silent_outlets / silent.valued_outlets, 0) else 0 end",
        ]) }} as entry_pct,
        case when method.has_floor then coalesce(greatest(
            {{ lognormal_pct('floor.sigma') }},
            case when value.source_kind = 'unit' and value.entry = 'fine'
                then {{ lognormal_pct('fugitive.part_sigma') }} end
        ), 0) else 0 end as floor_pct,
        case when value.is_spread then month_spread.uncertainty_pct else 0 end as month_spread_pct
    from value
    inner join {{ ref('method') }} as method on method.method_code = value.method_code
    left join {{ ref('int_fusion__candidate') }} as candidate
        on candidate.candidate_id = value.candidate_id
    left join {{ ref('int_uncertainty__method') }} as special
        on special.method_code = value.method_code and special.species = value.species
    left join {{ ref('uncertainty_floor') }} as floor
        on floor.source_class_code = value.source_class_code and floor.species = value.species
    left join {{ ref('fugitive_source') }} as fugitive
        on fugitive.species = value.species and fugitive.source_class_code = value.source_class_code
    left join {{ ref('uncertainty_component') }} as unseen on unseen.component = 'fugitive'
    left join {{ ref('int_fusion__silent') }} as silent
        on silent.site_id = value.site_id and silent.species = value.species and silent.year = year(value.month)
    left join {{ ref('uncertainty_component') }} as silence on silence.component = 'silent_outlet'
    left join {{ ref('uncertainty_component') }} as allocation on allocation.component = 'allocation'
    left join {{ ref('uncertainty_component') }} as remainder on remainder.component = 'county_remainder'
    left join {{ ref('uncertainty_component') }} as month_spread on month_spread.component = 'month_spread'
),

-- Part of the method's variance is the same error in every figure of that method (or factor), species and class. All parts
-- widen together to the least width. That of a nowcast is measured (back-test): its grade does not widen it.
parted as (
    select
        width.*,
        {{ combine_pct(['method_pct', 'entry_pct']) }} as uncertainty_pct,
        greatest(
            {{ combine_pct(['method_pct', 'entry_pct']) }}, floor_pct, coalesce(grade.uncertainty_pct, 0)
        ) / nullif({{ combine_pct(['method_pct', 'entry_pct']) }}, 0) as widening,
        method_pct * sqrt(shared_share) as shared_pct,
        {{ combine_pct(['method_pct * sqrt(1 - shared_share)', 'entry_pct']) }} as own_pct
    from width
    left join {{ ref('uncertainty_component') }} as grade
        on grade.component = 'grade_' || width.quality_grade and width.entry <> 'nowcast'
)

select
    {{ make_id('E', ['parted.source_id', 'parted.species', 'parted.month']) }} as emission_id,
    parted.site_id, parted.source_id, parted.source_kind, parted.source_class_code,
    coalesce(detail.source_detail_code, parted.source_class_code) as source_detail_code, parted.industry_code,
    parted.region_code, parted.species, parted.month, parted.mass_kg, parted.method_code, parted.feed,
    parted.quality_grade, parted.coverage,
    parted.uncertainty_pct * coalesce(parted.widening, 1) as uncertainty_pct, parted.month_spread_pct,
    {{ lognormal_sigma('parted.own_pct * coalesce(parted.widening, 1)') }} as sigma_own,
    {{ lognormal_sigma('parted.shared_pct * coalesce(parted.widening, 1)') }} as sigma_shared,
    -- An instrument's error is its outlet's; any other error of a plant's value is the plant's.
    case when parted.entry = 'fine' and parted.basis = 'measured' and parted.entry_pct = 0 then parted.source_id
        else coalesce(parted.site_id, parted.source_id) end || ':' || parted.method_code as own_key,
    coalesce(parted.factor_key, parted.method_code || ':' || parted.source_class_code) || ':' || parted.species
        as shared_key,
    case when parted.entry = 'nowcast' then 'flash' else coalesce(knowledge.status, 'final') end as status,
    parted.candidate_id, parted.factor_status,
    case when parted.factor_status = 'recalled' then 'recalled'
        when parted.is_default or parted.basis = 'estimated' then 'default'
        else parted.basis end as input_basis
from parted
left join {{ ref('int_identity__source_class') }} as detail on detail.source_id = parted.source_id
left join knowledge
    on knowledge.subject = coalesce(parted.site_id, parted.source_id) and knowledge.year = year(parted.month)
