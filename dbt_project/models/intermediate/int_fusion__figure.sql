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
        winner.is_spread, winner.uncertainty_pct
    from {{ ref('int_fusion__standing') }} as winner
    inner join {{ ref('int_identity__site') }} as site on site.site_id = winner.site_id
    left join {{ ref('int_identity__outlet') }} as outlet on outlet.outlet_id = winner.source_id
),

area_value as (
    select
        cast(null as varchar) as site_id, source_id,
        case when source_kind = 'mobile' then 'mobile' else 'area' end as source_kind, source_class_code,
        cast(null as varchar) as industry_code, region_code, species, month, mass_kg, method_code, feed,
        case when listed_kg > 0 then 'county_remainder' else 'county' end as entry, cast(null as double) as coverage,
        candidate_id, factor_status, true as is_spread, cast(null as double) as uncertainty_pct
    from {{ ref('int_fusion__area') }}
    union all
    select
        cast(null as varchar) as site_id, source_id,
        case when source_kind = 'mobile' then 'mobile' else 'area' end as source_kind, source_class_code,
        cast(null as varchar) as industry_code, region_code, species, month, mass_kg, method_code, feed, entry, coverage,
        candidate_id, factor_status, is_spread, uncertainty_pct
    from {{ ref('int_fusion__nowcast') }}
    where site_id is null
),

value as (
    select * from point_value
    union all by name
    select * from area_value
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

component as (
    select
        max(uncertainty_pct) filter (where component = 'allocation') as allocation_pct,
        max(uncertainty_pct) filter (where component = 'month_spread') as month_spread_pct,
        max(uncertainty_pct) filter (where component = 'county_remainder') as county_remainder_pct
    from {{ ref('uncertainty_component') }}
)

select
    {{ make_id('E', ['value.source_id', 'value.species', 'value.month']) }} as emission_id,
    value.site_id, value.source_id, value.source_kind, value.source_class_code,
    coalesce(detail.source_detail_code, value.source_class_code) as source_detail_code, value.industry_code,
    value.region_code, value.species, value.month, value.mass_kg, value.method_code, value.feed,
    case value.entry when 'difference' then 'E' when 'fugitive_share' then 'E'
        when 'allocated' then greatest(method.quality_grade, 'D') else method.quality_grade end as quality_grade,
    value.coverage,
    {{ combine_pct([
        "coalesce(value.uncertainty_pct, method.uncertainty_pct) * (2 - coalesce(value.coverage, 1))",
        "case when value.entry = 'allocated' then component.allocation_pct else 0 end",
        "case when value.entry = 'county_remainder' then component.county_remainder_pct else 0 end",
    ]) }} as uncertainty_pct,
    case when value.is_spread then component.month_spread_pct else 0 end as month_spread_pct,
    case when value.entry = 'nowcast' then 'flash' else coalesce(knowledge.status, 'final') end as status,
    value.candidate_id, value.factor_status
from value
inner join {{ ref('method') }} as method on method.method_code = value.method_code
left join {{ ref('int_identity__source_class') }} as detail on detail.source_id = value.source_id
cross join component
left join knowledge
    on knowledge.subject = coalesce(value.site_id, value.source_id) and knowledge.year = year(value.month)
