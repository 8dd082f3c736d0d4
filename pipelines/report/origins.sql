-- What the candidates of `asked` (candidate_id) rest on, down to files; a derived candidate rests on what its parents
-- rest on. One row per candidate and origin: a row (or the rows) of one file, an activity row, the hours of a file.
with recursive chain as (
    select candidate_id as asked_id, candidate_id from asked
    union
    select chain.asked_id, child.parent_candidate_id
    from chain
    inner join v1.emission_candidate as child using (candidate_id)
    where child.parent_candidate_id is not null
),

link as (
    select chain.asked_id, candidate.*
    from chain
    inner join v1.emission_candidate as candidate using (candidate_id)
),

-- Activity of the source itself; a part that names none (fuels or processes of the plant together) has the plant's.
activity as (
    select
        link.asked_id, link.candidate_id, activity.* exclude (site_id, is_chosen),
        activity.source_file_id is null and activity.feed = 'monitoring' as is_metered
    from link
    inner join v1.activity as activity
        on activity.site_id = link.site_id and activity.feed = link.feed
        and (activity.source_id = link.source_id or link.source_id not in (select source_id from v1.activity))
        and activity.period_start = link.period_start and activity.period_end = link.period_end and activity.is_chosen
    where link.is_own_calculation
),

-- Hours of a month come from few files, a file has many hours: they are counted, not listed.
watched as (
    select asked_id, candidate_id, source_id, period_start, period_end
    from link
    where feed = 'monitoring' and not is_own_calculation and parent_candidate_id is null
    union
    select asked_id, candidate_id, source_id, period_start, period_end from activity where is_metered
),

hours as (
    select watched.asked_id, watched.candidate_id, file.source_file_id, cast(sum(file.hours) as bigint) as hours
    from watched
    inner join v1.monitored_file as file
        on file.source_id = watched.source_id
        and file.month between date_trunc('month', watched.period_start) and watched.period_end
    group by all
),

-- Evidence behind an estimated heat: each piece from its own row.
heat as (
    select link.asked_id, link.candidate_id, evidence.evidence, evidence.amount, evidence.unit, evidence.heat_gj as energy_gj,
        evidence.log_sd, evidence.fuels, evidence.is_fuel_stated, evidence.source_file_id, evidence.row_no,
        link.period_start, link.period_end
    from link
    inner join v1.heat_evidence as evidence
        on evidence.site_id = link.site_id and evidence.year = year(link.period_start)
    where link.method_code = 'rated_estimate'
),

origin as (
    select
        asked_id, candidate_id, 'row' as kind, source_file_id, row_no, input_count as row_count
    from link
    where candidate_id not in (select candidate_id from activity union all select candidate_id from heat)
        and source_file_id is not null and feed <> 'monitoring'
        and parent_candidate_id is null
    union all by name
    select
        asked_id, candidate_id, 'activity' as kind, source_file_id, row_no, 1 as row_count,
        activity.* exclude (asked_id, candidate_id, source_file_id, row_no, is_metered, source_id, feed)
    from activity
    union all by name
    select 'heat' as kind, 1 as row_count, * from heat
    union all by name
    select asked_id, candidate_id, 'hours' as kind, source_file_id, hours as row_count from hours
)

select origin.*, file.file_name, file.sha256
from origin
left join v1.source_file as file using (source_file_id)
order by asked_id, candidate_id, kind, file_name, source_file_id, row_no
