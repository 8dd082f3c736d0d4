-- Records of any period to one value per monitor, hour and target: hour records, else minutes, else real time.
-- The relation of records is put in by hours.py; `meaning` maps codes. A statement ends in a semicolon at a line end.

-- CN 2061, 2051, 2011 are table 6 of HJ 212-2017; the other periods carry no hour.
create or replace temp view hour_source as
select r.mn, r.cn, r.data_time, date_trunc('hour', r.data_time) as hour_start, m.target, r.frame_no, r.line_no,
       case when m.value_max is null or r.avg <= m.value_max then r.avg * m.factor end as value,
       r.cou * m.amount_factor as amount, nullif(trim(r.flag), '') as flag, m.is_state,
       case when m.is_state then coalesce(r.text, r.avg::bigint::varchar, r.flag) end as state
from $records r join meaning m using (code)
where r.cn in ('2061', '2051', '2011');

create or replace temp table hour_fine as
select * from hour_source where $has_finer and cn in ('2051', '2011') and not is_state;

-- The interval at which a logger sends: the usual step between its times, in seconds. A minute record stands for 1 to 30
-- minutes (HJ 212-2017 6.1); a single one for the default of 10 minutes, a single real-time record for one minute.
create or replace temp table hour_step as
with moment as (select distinct mn, cn, data_time from hour_fine),
step as (
    select mn, cn, date_diff('second', lag(data_time) over (partition by mn, cn order by data_time), data_time) as seconds
    from moment),
counted as (select mn, cn, seconds, count(*) as n from step where seconds is not null group by all)
select mn, cn, coalesce(any_value(usual), if(cn = '2051', 600, 60)) as seconds
from moment left join (
    select mn, cn, first(least(seconds, if(cn = '2051', 1800, 3600)) order by n desc, seconds) as usual
    from counted group by mn, cn) using (mn, cn)
group by mn, cn;

-- Real-time values closer than a minute make a minute first: normal if at least 75 % of them are.
create or replace temp table hour_minute as
with graded as (
    select f.*, coalesce(flag, 'N') = 'N' and value is not null as is_normal, seconds
    from hour_fine f join hour_step using (mn, cn)),
within as (
    select mn, cn, hour_start, target, date_trunc('minute', data_time) as minute, count(*) as n, count_if(is_normal) as normal,
           avg(value) filter (is_normal) as value, avg(value) as any_value, max(frame_no) as frame_no,
           max_by(line_no, frame_no) as line_no
    from graded where cn = '2011' and seconds < 60 group by all)
select mn, cn, hour_start, target, 1.0 as minutes, 4 * normal >= 3 * n as is_normal, coalesce(value, any_value) as value,
       null::double as amount, frame_no, line_no
from within
union all
select mn, cn, hour_start, target, seconds / 60.0, is_normal, value, amount, frame_no, line_no
from graded where not (cn = '2011' and seconds < 60);

-- HJ 75-2017: an hour is valid with at least 45 valid minutes; HJ 212-2017: it is normal if at least 75 % of its minutes
-- are. The amount of the hour is that of its normal records, spread over all of it, as mean concentration x mean flow is.
create or replace temp table hour_made as
select mn, cn, hour_start, target,
       coalesce(avg(value) filter (is_normal), avg(value)) as value,
       avg(amount / minutes) filter (is_normal) * 60 as amount,
       if(count_if(is_normal) * any_value(minutes) >= 45 and 4 * count_if(is_normal) >= 3 * count(*), 'N', 'D') as flag,
       max(frame_no) as frame_no, max_by(line_no, frame_no) as line_no
from hour_minute group by all;

create or replace temp view hour_sent as
select mn, hour_start, target, value, amount, flag, null::varchar as state, frame_no, line_no
from hour_source where cn = '2061' and not is_state;

-- Production states of all periods: those of an hour side by side, so that an hour is only a stop if it was one throughout.
create or replace temp view hour_value as
from hour_sent
union all
select mn, hour_start, target, value, amount, flag, null, frame_no, line_no
from hour_made anti join hour_sent using (mn, hour_start, target)
where $has_finer and not (cn = '2011' and exists (
    from hour_made better where better.cn = '2051' and (better.mn, better.hour_start, better.target)
        = (hour_made.mn, hour_made.hour_start, hour_made.target)))
union all
select mn, hour_start, target, null, null, null, string_agg(distinct state, '/' order by state), max(frame_no),
       max_by(line_no, frame_no)
from hour_source where $has_states and is_state and state is not null group by mn, hour_start, target;

create or replace temp view hour_fault as
select frame_no as row_no, line_no, code as column_name, avg::varchar as value, 'out_of_band' as reason_code,
       'A share by volume cannot exceed ' || m.value_max::bigint || '; the logger sends another unit, give it in the units '
       || 'of the profile.' as message
from $records r join meaning m using (code) where $has_bounds and r.avg > m.value_max and r.cn in ('2061', '2051', '2011')
