-- Shares of the dust as candidates of the ledger: one per source, species, year and dust candidate. They never compete; each
-- names the candidate whose dust it shares, with that candidate's file and row, and the source of the share.
select
    fraction.candidate_id,
    case
        when fraction.site_id is null then 'county'
        when min(outlet.outlet_id) is not null then 'outlet'
        when ends_with(fraction.source_id, ':SITE') then 'site'
        else 'unit' end as scope,
    fraction.site_id, fraction.source_id, fraction.species, fraction.parent_candidate_id,
    min(fraction.month) as period_start, last_day(max(fraction.month)) as period_end,
    {{ stable_sum('fraction.mass_kg') }} as mass_kg, fraction.method_code, min(fraction.feed) as feed,
    min(fraction.rank) as rank, min(fraction.rule_id) as rule_id, min(fraction.coverage) as coverage,
    min(parent.source_file_id) as source_file_id, min(parent.row_no) as row_no, coalesce(min(parent.input_count), 1) as input_count,
    fraction.fraction, fraction.fraction_id, fraction.fraction_source
from {{ ref('int_fusion__fraction') }} as fraction
left join {{ ref('int_fusion__candidate') }} as parent on parent.candidate_id = fraction.parent_candidate_id
left join {{ ref('int_identity__outlet') }} as outlet on outlet.outlet_id = fraction.source_id
group by
    fraction.candidate_id, fraction.site_id, fraction.source_id, fraction.species, fraction.parent_candidate_id,
    fraction.method_code, fraction.fraction, fraction.fraction_id, fraction.fraction_source
