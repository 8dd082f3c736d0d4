-- Raw tables of the same small world, as the raw gate sees them (schema raw, tables made from the contracts).
insert into raw.source_file by name from (values ('file1', 'statistics', 'stat.csv', 32, 30, 1, 1), ('file2', 'monitoring', 'hours.csv', 8784, 8784, 0, 0),
    ('file3', 'permit', 'permit.csv', 1, 1, 0, 0)) t(source_file_id, feed, file_name, read_rows, kept_rows, rejected_rows, duplicate_rows),
    (values ('p', 'aa', 100, 0, 0, true, true)) s(profile, sha256, size_bytes, filtered_rows, notice_rows, is_readable, is_synthetic);
insert into raw.rejected_row by name select 'file1' as source_file_id, 7 as row_no, 'statistics__emission' as table_name,
    'out_of_band' as reason_code, 'The mass is negative.' as message;
create table raw.feed_set (name varchar, territory varchar, timezone_offset varchar, year_first bigint, year_last bigint);
insert into raw.feed_set select 'test', 'T', '+08:00', 2020, 2020;
insert into raw.statistics__emission by name
select 'REG' as scheme, 'Q' || i as record_key, case when p > 0 then 'part' || p end as part_code, 'NOx' as species,
    date '2020-01-01' as period_start, date '2020-12-31' as period_end, case when p = 0 then 100.0 else 50.0 end + i as mass_kg,
    'file1' as source_file_id, i * 3 + p + 2 as row_no, timestamp '2021-01-01' as ingested_at, 'p' as profile
from range(10) r(i), range(2) q(p);
insert into raw.permit__report by name
select 'REG' as scheme, 'P1' as record_key, 'NOx' as species, date '2020-01-01' as period_start, date '2020-12-31' as period_end,
    119.0 as mass_kg, 'automatic' as basis, 'file3' as source_file_id, 2 as row_no, timestamp '2021-01-01' as ingested_at, 'p' as profile;
insert into raw.monitoring__hour by name
select 'CEMS' as scheme, '1' as monitor_key, h as hour_start, 1.0 as operating_fraction, 0.01 + hour(h) / 1000 as nox_kg, 'N' as nox_flag,
    'file2' as source_file_id, epoch(h - timestamp '2020-01-01')::bigint // 3600 + 2 as row_no, timestamp '2021-01-01' as ingested_at, 'p' as profile
from generate_series(timestamp '2020-01-01', timestamp '2020-12-31 23:00:00', interval 1 hour) t(h);
