-- Evidence for planted defects, by figures of plants and classes: rows of (id, verdict, place), several per defect;
-- `defects.py` runs the statements one after the other and takes the best. Relations: planted (with file_id,
-- monitor_key, hours), hour_value, link, cell, v1 (release), work (the work file). Each statement begins with a line
-- `name: what it takes for a verdict`.

-- ineligible: the candidate made of the very row may not win
select p.id, 'caught', 'candidate: ' || c.reason
from planted as p
inner join v1.emission_candidate as c on c.source_file_id = p.file_id and c.row_no = p.row
where p.stage in ('sanity', 'reconciliation') and not c.is_eligible and not c.is_chosen;

-- lost: the candidate made of the very row did not win
select p.id, 'harmless', 'candidate: ' || c.reason
from planted as p
inner join v1.emission_candidate as c on c.source_file_id = p.file_id and c.row_no = p.row
where p.stage in ('sanity', 'reconciliation') and c.is_eligible and not c.is_chosen;

-- uncovered: the coverage table says that the feed does not know the plant
select p.id, 'caught', 'coverage: not in statistics'
from planted as p
inner join link as t on t.record_key = p.key and t.feed = 'permit'
inner join v1.coverage as c on c.site_id = t.site_id
where p.kind = 'plant_missing' and not c.in_statistics;

-- distrusted: the permitted amount of the very row is used for nothing
select p.id, 'caught', 'permit_limit: not credible'
from planted as p
inner join v1.permit_limit as a on a.source_file_id = p.file_id and a.row_no = p.row
where p.stage = 'sanity'
group by p.id
having not bool_or(a.is_credible);

-- no_limit: a registration has no limits in the release
select p.id, 'harmless', 'permit_limit: none of the registration'
from planted as p
inner join v1.permit as r on r.permit_key = p.key
anti join v1.permit_limit as a on a.permit_key = p.key
where p.kind = 'registration_limit'
group by p.id;

-- changed: the new amounts of the permit hold from the day of the change
select distinct p.id, 'harmless', 'permit_limit: valid_from'
from planted as p
inner join v1.permit_limit as a on a.permit_key = p.key and a.valid_from = p.day
where p.kind = 'permit_changed_mid_year';

-- bridged: a site whose quarterly report is missing has a figure in each of its months for all that its permit reports
select p.id, 'harmless', 'emission: the quarter has figures'
from planted as p
inner join link as t on t.record_key = p.key and t.feed = 'permit'
inner join v1.emission_candidate as c on c.site_id = t.site_id and c.feed = 'permit' and c.is_eligible
inner join v1.emission as e on e.site_id = t.site_id and e.species = c.species
    and e.month >= p.record_day and e.month < p.record_day + interval 3 month
where p.kind = 'quarter_missing'
group by p.id, p.record_day
having count(distinct (e.species, e.month)) >= count(distinct c.species)
    * (
        select count(distinct month) from v1.emission
        where month >= p.record_day and month < p.record_day + interval 3 month
    );

-- not_added: no source takes more from reports of the year and of its quarters than the larger of the two gives
select p.id, 'harmless', 'emission_candidate: year or quarters, never both'
from planted as p
inner join (
    select file_id, count(*) as sources,
        count_if(chosen_kg > 1.01 * greatest(year_kg, rest_kg)) as added
    from (
        select
            y.file_id, c.source_id, c.species, fsum(c.chosen_kg) as chosen_kg,
            fsum(c.mass_kg) filter (where c.source_file_id = y.file_id) as year_kg,
            fsum(c.mass_kg) filter (where c.source_file_id <> y.file_id) as rest_kg
        from v1.emission_candidate as c
        cross join (select distinct file_id, year from planted where kind = 'year_beside_quarters') as y
        where year(c.period_start) = coalesce(y.year, year(c.period_start)) and c.feed = 'permit' and c.is_eligible and c.parent_candidate_id is null
        group by y.file_id, c.source_id, c.species
    )
    group by file_id
) as n on n.file_id = p.file_id
where p.kind = 'year_beside_quarters' and n.sources > 0 and n.added = 0;

-- sane: the fused figure that an incredible row aims at is within a factor of two of the truth (slips are 1000 or more)
select p.id, 'harmless', 'emission: ' || printf('%+.0f %%', 100 * (fsum(c.fused_kg) / fsum(c.truth_kg) - 1))
from planted as p
left join v1.permit_limit as a on a.source_file_id = p.file_id and a.row_no = p.row
inner join link as t on t.feed = 'permit' and (t.record_key = p.key or t.site_id = a.site_id)
left join v1.species as named on split_part(p.record, ' ', 3) in (named.species, named.name_zh)
inner join cell as c on c.site_id = t.site_id and c.species = coalesce(a.species, named.species)
    and c.year = coalesce(p.year, c.year)
where p.stage = 'sanity'
group by p.id, c.cell, c.species
having bool_and(c.truth_kg > 0 and c.fused_kg between c.truth_kg / 2 and c.truth_kg * 2);

-- shown_empty: the activity of the very row stands without the quality that its form does not give; nothing was put in
select p.id, 'caught', 'activity: sulphur empty'
from planted as p
inner join v1.activity as a on a.source_file_id = p.file_id and a.row_no = p.row
where p.kind = 'sulphur_missing'
group by p.id
having count(a.sulphur_pct) = 0;

-- told_apart: the reconciliation of the plant and species says that the feeds differ
select p.id, 'caught', 'reconciliation: ' || r.verdict || ', ' || r.explanation
from planted as p
inner join link as t on t.record_key = p.key and t.feed = 'permit'
inner join v1.reconciliation as r on r.site_id = t.site_id and r.species = p.species
    and r.year = coalesce(p.year, r.year)
where p.expected = 'nearer than the monitors' and r.verdict in ('differ', 'conflict');

-- reconciled: the reconciliation of the record's site shows it: one feed alone, or feeds that conflict
select p.id, 'caught', 'reconciliation: ' || string_agg(distinct r.verdict, ', ' order by r.verdict)
from planted as p
inner join v1.crosswalk as k on k.record_key = p.key and k.feed = 'statistics'
inner join v1.reconciliation as r on r.site_id = k.site_id and r.year = coalesce(p.year, r.year)
where p.stage = 'reconciliation' and p.tolerance is null
group by p.id
having bool_or(r.verdict in ('single_feed', 'conflict'));

-- near: the fused figure of the plant (or class) and species lies within the tolerance named in the list
select
    p.id, 'harmless',
    coalesce('emission: ' || printf('%+.0f %%', 100 * (fsum(c.fused_kg) / nullif(fsum(c.truth_kg), 0) - 1)), 'emission: none')
from planted as p
inner join cell as c on c.cell = p.key and c.species = p.species and c.year = coalesce(p.year, c.year)
group by p.id
having bool_and(abs(c.fused_kg - c.truth_kg) <= p.tolerance * c.truth_kg);

-- not_zero: the fused figure is at least the named share of the truth
select p.id, 'harmless', 'emission: ' || printf('%+.0f %%', 100 * (fsum(c.fused_kg) / fsum(c.truth_kg) - 1))
from planted as p
inner join cell as c on c.cell = p.key and c.species = p.species and c.year = coalesce(p.year, c.year)
group by p.id
having bool_and(c.truth_kg > 0 and c.fused_kg >= p.floor_share * c.truth_kg);

-- nearer: the fused figure lies nearer to the truth than the sum of the monitored stacks
select p.id, 'harmless', 'emission: nearer than the monitors'
from planted as p
inner join cell as c on c.cell = p.key and c.species = p.species and c.year = coalesce(p.year, c.year)
where p.expected = 'nearer than the monitors'
group by p.id
having bool_and(abs(c.fused_kg - c.truth_kg) < abs(coalesce(c.monitoring_kg, 0) - c.truth_kg));
