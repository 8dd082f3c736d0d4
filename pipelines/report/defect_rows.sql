-- Evidence for planted defects, by row, hour and record: rows of (id, verdict, place), several per defect;
-- `defects.py` runs the statements one after the other and takes the best. Relations: planted (with file_id,
-- monitor_key, hours), hour_value, link, cell, v1 (release), work (the work file). Each statement begins with a line
-- `name: what it takes for a verdict`.

-- refused: the very row was refused for the reason expected
select p.id, 'caught' as verdict, 'rejected_row' as place
from planted as p
inner join v1.rejected_row as r on r.source_file_id = p.file_id and r.row_no = p.row
where r.reason_code = p.expected;

-- quarantined: the very row was read, judged incredible and put aside
select p.id, 'caught', 'rejected_row: ' || r.stage || ' ' || r.reason_code
from planted as p
inner join v1.rejected_row as r on r.source_file_id = p.file_id and r.row_no = p.row
where p.stage = 'sanity' and r.stage <> 'raw';

-- noticed: the very row carries a notice; if the list names a reason, that reason
select p.id, 'caught', 'notice: ' || n.reason_code
from planted as p
inner join v1.notice as n on n.source_file_id = p.file_id and n.row_no = p.row
where n.reason_code = p.reason or (p.reason is null and p.has_words);

-- duplicate: the file's receipt counts at least as many duplicates as were planted, and the hour (if named) is right
select p.id, 'caught', 'duplicate'
from planted as p
inner join v1.source_file as f on f.source_file_id = p.file_id
left join hour_value as h on h.id = p.id
where p.is_duplicate
    and f.duplicate_rows >= (select count(*) from planted as o where o.is_duplicate and o.file_id = p.file_id)
    and (p.right_kg is null or abs(h.accepted_kg - p.right_kg) <= $hour_tolerance * p.right_kg);

-- right_hour: the accepted mass of the hour is the right one
select p.id, 'harmless', 'monitored_hour'
from planted as p
inner join hour_value as h on h.id = p.id
where not p.is_duplicate and abs(h.accepted_kg - p.right_kg) <= $hour_tolerance * p.right_kg;

-- no_mass: every hour met is there, and none of them has an accepted mass
select p.id, 'caught', 'monitored_hour: ' || coalesce(any_value(h.flag), any_value(h.fill_rule), 'no value')
from planted as p
inner join hour_value as h on h.id = p.id
where contains(p.expected, 'no accepted mass')
group by p.id, p.hours
having count(*) = p.hours and count(h.accepted_kg) = 0;

-- stopped: the hours count as stopped, with zero
select p.id, 'caught', 'monitored_hour: stopped'
from planted as p
inner join hour_value as h on h.id = p.id
where p.expected = 'stopped, 0 kg'
group by p.id, p.hours
having count(*) = p.hours and bool_and(h.state = 'stopped' and h.accepted_kg = 0);

-- slip: the cross-check names the slip, for at least half as many hours as it was planted for
select p.id, 'caught', 'crosscheck: ' || c.slip
from planted as p
inner join (select id, count(*) as hours from hour_value where reported_kg > 0 group by id) as h on h.id = p.id
inner join work.monitoring.crosscheck as c on split_part(c.monitor_id, ':', 2) = p.monitor_key and c.species = 'NOx'
    and c.year = year(p.hour_first)
where p.expected = 'slip ' || c.slip and 2 * c.slip_hours >= h.hours;

-- capture: no monitored month of the outlet in the quarter is eligible, and the ledger says why
select p.id, 'caught', 'candidate: ' || any_value(c.reason)
from planted as p
inner join v1.monitor as m on m.monitor_key = p.monitor_key
inner join v1.emission_candidate as c on c.source_id = m.outlet_id and c.species = 'NOx' and c.feed = 'monitoring'
    and c.period_start >= p.hour_first and c.period_end < p.hour_end
where p.expected = 'no monitored month is eligible'
group by p.id
having not bool_or(c.is_eligible or c.is_chosen) and bool_and(c.reason <> '');

-- linked: the record stands at the site (and, for a logger, the outlet) where it belongs
select p.id, 'harmless', 'crosswalk: ' || any_value(k.method)
from planted as p
inner join link as t on t.record_key = p.key
inner join v1.crosswalk as k on k.record_key = t.feed_key and k.feed = t.feed
left join v1.outlet as o on o.outlet_id = k.outlet_id
where p.stage = 'identity'
group by p.id
having bool_and(k.site_id = t.site_id and (t.outlet is null or coalesce(o.outlet_code, '') = t.outlet));

-- unmatched: the crosswalk says that nothing agreed
select p.id, 'caught', 'crosswalk: ' || k.reason
from planted as p
inner join link as t on t.record_key = p.key
inner join v1.crosswalk as k on k.record_key = t.feed_key and k.feed = t.feed
where p.stage = 'identity' and k.method = 'unmatched';
