-- Minutes, real-time values and production states to one value per monitor, hour and target: the relation `hour_rest`.
-- Hour records need none of this (see wide.py). `meaning` maps codes; `record` and `frame` are those of the reader.
-- A statement ends in a semicolon at a line end. CN 2061, 2051, 2011 are table 6 of HJ 212-2017.

create or replace temp table hour_source as
select f.mn, f.cn, f.data_time, date_trunc('hour', f.data_time) as hour_start, m.target, r.frame_no, f.line_no,
       case when m.value_max is null or r.avg <= m.value_max then r.avg * m.factor end as value,
       r.cou * m.amount_factor as amount, nullif(trim(r.flag), '') as flag, m.is_state,
       case when m.is_state then coalesce(r.text, r.avg::bigint::varchar, r.flag) end as state
from (select frame_no, mn, cn, data_time, line_no from frame
      where outcome = 'rows' and (cn in ('2051', '2011') or (cn = '2061' and $has_states))) f
join record r using (frame_no) join meaning m using (code)
where m.is_state or f.cn <> '2061';

-- The interval at which a logger sends: the usual step between its times, in seconds. A minute record stands for 1 to 30
-- minutes (HJ 212-2017 6.1); a single one for the default of 10 minutes, a single real-time record for one minute.
create or replace temp table hour_step as
with moment as (select distinct mn, cn, data_time from hour_source where not is_state),
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
    select s.*, coalesce(flag, 'N') = 'N' and value is not null as is_normal, seconds
    from hour_source s join hour_step using (mn, cn) where not is_state),
within as (
    select mn, cn, hour_start, target, date_trunc('minute', data_time) as minute, count(*) as n, count_if(is_normal) as normal,
           avg(value order by frame_no) filter (is_normal) as value, avg(value order by frame_no) as any_value,
           max(frame_no) as frame_no, max_by(line_no, frame_no) as line_no
    from graded where cn = '2011' and seconds < 60 group by all)
select mn, cn, hour_start, target, 1.0 as minutes, 4 * normal >= 3 * n as is_normal, coalesce(value, any_value) as value,
       null::double as amount, frame_no, line_no
from within
union all
select mn, cn, hour_start, target, seconds / 60.0, is_normal, value, amount, frame_no, line_no
from graded where not (cn = '2011' and seconds < 60);

-- HJ 75-2017: an hour is valid with at least 45 valid minutes; HJ 212-2017: it is normal if at least 75 % of its minutes
-- are. The amount of the hour is that of its normal records, spread over all of it, as mean concentration x mean flow is.
-- Production states of an hour stand side by side, so that an hour is a stop only if it was one throughout.
create or replace temp view hour_rest as
select mn, hour_start, if(cn = '2051', 2, 1) as rank, target, max(frame_no) as frame_no, max_by(line_no, frame_no) as line_no,
       coalesce(avg(value order by frame_no) filter (is_normal), avg(value order by frame_no)) as value,
       avg(amount / minutes order by frame_no) filter (is_normal) * 60 as amount,
       if(count_if(is_normal) * any_value(minutes) >= 45 and 4 * count_if(is_normal) >= 3 * count(*), 'N', 'D') as flag,
       null as state
from hour_minute group by mn, cn, hour_start, target
union all
select mn, hour_start, 0, target, max(frame_no), max_by(line_no, frame_no), null, null, null,
       string_agg(distinct state, '/' order by state)
from hour_source where is_state and state is not null group by mn, hour_start, target
