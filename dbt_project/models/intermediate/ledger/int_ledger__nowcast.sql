-- Nowcasts in the fusion ledger: one candidate per source, species and unfinished year. Its parent is the newest value to
-- date, or the value of the last finished year that it repeats.
select
    candidate_id,
    case when min(nowcast.site_id) is null then 'county' when ends_with(source_id, ':SITE') then 'site'
        when bool_or(outlet.outlet_id is not null) then 'outlet' else 'unit' end as scope,
    min(nowcast.site_id) as site_id, source_id, cast(null as varchar) as part_code, species,
    min(month) as period_start, last_day(max(month)) as period_end, {{ stable_sum('mass_kg') }} as mass_kg,
    cast(null as double) as co2e_kg, 'nowcast' as method_code, min(feed) as feed, min(rank) as rank,
    min(rule_id) as rule_id, true as is_eligible, true as is_chosen, {{ stable_sum('mass_kg') }} as chosen_kg,
    'chosen: nowcast of ' || count(*) || ' month(s); '
    || case
        when min(basis) = 'to_date' then round(min(told_kg), 3) || ' kg of ' || min(told_count) || ' month(s) to date, '
            || case min(shape)
                when 'own' then 'ratio ' || round(min(ratio), 4) || ' to the same months of ' || min(base_year)
                    || ', the other months follow its own of that year'
                when 'plant' then 'ratio ' || round(min(ratio), 4) || ' to the same months of the plant in '
                    || min(base_year) || ', the other months follow the plant''s of that year'
                when 'profile' then 'the other months by the profile of its class'
                else 'the other months by days' end
        else 'the same months of ' || min(base_year) || ' times ' || round(min(ratio), 4)
            || case min(shape)
                when 'plant' then ', the activity of the plant to date'
                when 'class' then ', the activity to date of its class'
                else ' (no activity to date is known)' end
        end as reason,
    cast(null as double) as ratio_to_chosen, cast(null as double) as coverage,
    cast(null as varchar) as source_file_id, cast(null as bigint) as row_no,
    cast(case when min(basis) = 'to_date' then min(told_count) else count(*) end as bigint) as input_count,
    false as is_own_calculation, arg_min(parent_candidate_id, month) as parent_candidate_id
from {{ ref('int_fusion__nowcast') }} as nowcast
left join (select outlet_id from {{ ref('int_identity__outlet') }}) as outlet on outlet.outlet_id = nowcast.source_id
group by candidate_id, source_id, species
