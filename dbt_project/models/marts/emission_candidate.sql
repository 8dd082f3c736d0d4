-- The fusion ledger: every candidate with its fate and the reason for it.
with used as (
    select
        candidate_id, {{ stable_sum('mass_kg') }} as chosen_kg, count(*) as cell_count, min(entry) as entry
    from (
        select candidate_id, mass_kg, entry from {{ ref('int_fusion__settled') }}
        union all
        select candidate_id, mass_kg, 'county' as entry from {{ ref('int_fusion__area') }}
    )
    group by candidate_id
),

difference as (
    select candidate_id, {{ stable_sum('difference_kg') }} as difference_kg,
        max(difference_kg) filter (where has_uncovered) as remainder_kg
    from (select distinct candidate_id, has_uncovered, difference_kg from {{ ref('int_fusion__difference') }})
    group by candidate_id
),

fugitive as (
    select candidate_id, max(share) as share from {{ ref('int_fusion__fugitive') }} group by candidate_id
),

county as (
    select candidate_id, max(listed_kg) as listed_kg from {{ ref('int_fusion__area') }} group by candidate_id
),

own_part as (
    select distinct settled.site_id, settled.species
    from {{ ref('int_fusion__settled') }} as settled
    inner join {{ ref('int_fusion__candidate') }} as part on part.candidate_id = settled.candidate_id
    where part.scope = 'unit' and part.is_own_calculation
)

select
    candidate.candidate_id, candidate.scope, candidate.site_id, candidate.source_id, candidate.part_code,
    candidate.species, candidate.period_start, candidate.period_end, candidate.mass_kg, candidate.co2e_kg,
    candidate.method_code, candidate.feed, candidate.rank, candidate.rule_id,
    candidate.is_eligible, used.candidate_id is not null as is_chosen,
    coalesce(used.chosen_kg, 0) as chosen_kg,
    case
        when used.entry = 'fine'
            then 'chosen: rank ' || candidate.rank || ' is the best for its source in ' || used.cell_count || ' month(s)'
        when used.entry = 'allocated'
            then 'chosen: plant total shared out by permitted amounts to ' || used.cell_count
                || ' source-month(s) without a finer value'
        when used.entry = 'fugitive_share'
            then 'chosen: measurements end at the stack; ' || round(100 * fugitive.share, 1)
                || ' % of this total is what peers lose beside their outlets'
        when used.entry = 'difference'
            then 'chosen: its difference of ' || round(difference.remainder_kg, 3)
                || ' kg to the finer values is the remainder of the plant'
        when used.entry = 'whole'
            then 'chosen: best plant-level value (rank ' || candidate.rank || '), nothing finer exists'
        when used.entry = 'county' and county.listed_kg > 0
            then 'chosen: county total less ' || round(county.listed_kg, 3) || ' kg of plants listed elsewhere'
        when used.entry = 'county' then 'chosen: county total of unlisted sources'
        when not candidate.is_eligible then candidate.ineligible_reason
        when candidate.is_comparison then 'comparison only: another value covers the cell'
        when candidate.covers = 'monitored_outlets'
            then 'scope: the monitored outlets measure this part; ' || comparison.winning_method || ' has rank '
                || comparison.winning_rank
        when candidate.scope = 'site' and difference.candidate_id is not null and difference.difference_kg <= 0
            then 'scope: finer values cover the plant and exceed this total by '
                || round(-difference.difference_kg, 3) || ' kg'
        when candidate.scope = 'site' and difference.candidate_id is not null
            then 'scope: finer values cover every outlet; the difference of '
                || round(difference.difference_kg, 3) || ' kg is a discrepancy, not an emission'
        when candidate.is_own_calculation and comparison.winning_method = 'pm_fraction'
            then 'the share of the dust that stands is better founded than an own calculation beside it'
        when comparison.candidate_id is null and own_part.site_id is not null
            then 'scope: fuel and process computed apart are the whole plant, and of better rank'
        when comparison.candidate_id is null and candidate.is_own_calculation
            then 'scope: a plant total of better rank stands, an own calculation is no finer knowledge'
        when comparison.candidate_id is null and candidate.scope = 'outlet' and method.basis = 'calculated'
            then 'scope: the outlets of the plant are measured together, a calculated outlet is no finer knowledge'
        when comparison.candidate_id is null and candidate.scope = 'outlet'
            then 'scope: a part of the report stands for all monitored outlets: it has the better rank, or they have a gap'
        when candidate.rank > comparison.winning_rank
            then 'rank ' || candidate.rank || ' lost to rank ' || comparison.winning_rank || ' ('
                || comparison.winning_method || ')'
        when candidate.scope = 'site' and candidate.rank < comparison.winning_rank
            then 'scope: finer values cover the plant in every month'
        else 'the same rank, but a finer value, one of a shorter period or an earlier candidate stands'
    end as reason,
    candidate.mass_kg / nullif(comparison.fused_kg, 0) as ratio_to_chosen,
    candidate.coverage, candidate.source_file_id, candidate.row_no, candidate.input_count,
    coalesce(candidate.is_own_calculation, false) as is_own_calculation, cast(null as varchar) as parent_candidate_id
from {{ ref('int_fusion__candidate') }} as candidate
left join {{ ref('method') }} as method on method.method_code = candidate.method_code
left join used on used.candidate_id = candidate.candidate_id
left join difference on difference.candidate_id = candidate.candidate_id
left join fugitive on fugitive.candidate_id = candidate.candidate_id
left join county on county.candidate_id = candidate.candidate_id
left join {{ ref('int_ledger__comparison') }} as comparison on comparison.candidate_id = candidate.candidate_id
left join own_part on own_part.site_id = candidate.site_id and own_part.species = candidate.species
union all by name
select
    * exclude (fraction, fraction_id, fraction_source), cast(null as varchar) as part_code, false as is_own_calculation,
    cast(null as double) as co2e_kg, true as is_eligible, true as is_chosen, mass_kg as chosen_kg, 1 as ratio_to_chosen,
    'chosen: ' || printf('%.4g', 100 * fraction) || ' % of the dust of candidate ' || parent_candidate_id || ' (' || fraction_id
    || '; ' || fraction_source || ')' as reason
from {{ ref('int_candidate__fraction') }}
union all by name
select * from {{ ref('int_ledger__nowcast') }}
