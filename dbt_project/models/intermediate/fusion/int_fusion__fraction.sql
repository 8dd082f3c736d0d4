-- PM10, PM2.5, BC and OC of every source: its share of the PM that stands. A value that a feed gives for the species
-- stands instead: of the same source, or of the whole plant if it is no value of one source. An own calculation of the
-- species stands only where the dust itself is an own calculation (int_fusion__settled drops the others).
with value as (
    select
        standing.site_id, standing.source_id, standing.species, standing.month, standing.entry, standing.candidate_id,
        standing.mass_kg, standing.feed, standing.method_code, standing.coverage, standing.factor_status,
        standing.is_spread, standing.period_days, coalesce(candidate.is_own_calculation, false) as is_own,
        coalesce(
            case when candidate.method_code = standing.method_code then candidate.uncertainty_pct end, standing.uncertainty_pct
        ) as parent_pct
    from {{ ref('int_fusion__standing') }} as standing
    left join {{ ref('int_fusion__candidate') }} as candidate on candidate.candidate_id = standing.candidate_id
),

dust as (
    select * exclude (species) from value where species = 'PM'
    union all by name
    select source_id, source_class_code, case when source_kind = 'mobile' then 'mobile' else 'area' end as source_kind,
        region_code, month, entry, candidate_id, mass_kg, feed, method_code, factor_status, true as is_spread,
        false as is_own, uncertainty_pct as parent_pct
    from {{ ref('int_fusion__standing_area') }}
    where species = 'PM'
),

-- What is given already, and whether it covers its source alone or the whole plant.
given as (
    select
        value.site_id, value.source_id, value.species, value.month, value.is_own,
        value.entry = 'fine' and (value.source_id, value.month) in (select (source_id, month) from dust) as is_one_source
    from value
    where value.species in (select species from {{ ref('dust_composition') }} union all values ('PM10'), ('PM2.5'))
    union all by name
    select source_id, species, month, false as is_own, true as is_one_source from {{ ref('int_fusion__standing_area') }}
),

fed_source as (select distinct source_id, species, month from given where not is_own and is_one_source),

fed_site as (select distinct site_id, species, month from given where not is_own and not is_one_source),

own_site as (
    select given.site_id, given.species, given.month
    from given
    inner join dust on dust.site_id = given.site_id and dust.month = given.month
    where given.is_own
    group by all
    having bool_and(dust.is_own)
),

derived as (
    select
        dust.* exclude (mass_kg, candidate_id, method_code, factor_status, is_own, parent_pct), share.species,
        'pm_fraction' as method_code, dust.candidate_id as parent_candidate_id, share.fraction, share.fraction_id,
        share.source as fraction_source, share.shared_key, dust.mass_kg * share.fraction as mass_kg,
        {{ combine_pct(['coalesce(dust.parent_pct, method.uncertainty_pct)', 'share.fraction_pct']) }} as uncertainty_pct,
        {{ weakest_status(['dust.factor_status', 'share.factor_status']) }} as factor_status, true as is_default
    from dust
    inner join {{ ref('int_dust__share') }} as share on share.source_id = dust.source_id and share.month = dust.month
    inner join {{ ref('method') }} as method on method.method_code = dust.method_code
    anti join fed_source
        on fed_source.source_id = dust.source_id and fed_source.species = share.species and fed_source.month = dust.month
    anti join fed_site
        on fed_site.site_id = dust.site_id and fed_site.species = share.species and fed_site.month = dust.month
    anti join own_site
        on own_site.site_id = dust.site_id and own_site.species = share.species and own_site.month = dust.month
)

select
    derived.*, rule.rule_id, rule.rank,
    {{ make_id('C', ['derived.source_id', 'derived.species', 'year(derived.month)', 'derived.method_code',
                     'derived.parent_candidate_id', 'derived.fraction_id']) }} as candidate_id
from derived
cross join {{ source('raw', 'feed_set') }} as feed_set
inner join {{ ref('priority_rule') }} as rule
    on rule.method_code = derived.method_code and rule.territory in ('*', feed_set.territory)
    and rule.species in ('*', derived.species) and rule.source_class_code = '*'
    and derived.month between rule.valid_from and coalesce(rule.valid_to, date '9999-12-31')
qualify row_number() over (
    partition by derived.source_id, derived.species, derived.month
    order by rule.territory = '*', rule.species = '*', rule.valid_from desc, rule.rule_id
) = 1
