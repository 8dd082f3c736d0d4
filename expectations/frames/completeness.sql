-- Completeness: one row per expected month of every year of the release. A monitoring point that reports at all in a
-- year is expected to have a row for every calendar hour of its validity, per species. The last year may still be
-- running: of it the months are expected up to the end of the newest report; earlier years are expected whole.
with calendar as (
    select cast(unnest(generate_series(
        make_date(cast(year as bigint), 1, 1), make_date(cast(year as bigint), 12, 1), interval 1 month
    )) as date) as month
    from (select unnest(string_split(years, ',')) as year from v1.release)
),

expected as (
    select month
    from calendar
    where
        year(month) < (select year(max(month)) from calendar)
        or month <= (select max(period_end) from v1.emission_candidate)
        or month(month) = 1
),

figures as (
    select month, count(*) as figures, count(distinct species) as species_count from v1.emission group by all
),

hours as (
    select monitor_id, species, cast(date_trunc('month', hour_start) as date) as month, count(*) as hours
    from v1.monitored_hour
    group by all
),

valid as (
    select monitor_id, min(valid_from) as valid_from, max(coalesce(valid_to, date '9999-12-31')) as valid_to
    from v1.monitor
    group by all
),

due as (
    select series.monitor_id, series.species, expected.month
    from (select distinct monitor_id, species, year(month) as year from hours) as series
    inner join expected on year(expected.month) = series.year
    left join valid using (monitor_id)
    where
        coalesce(last_day(expected.month) >= valid.valid_from, true)
        and coalesce(expected.month <= valid.valid_to, true)
),

filled as (
    select
        due.month, due.monitor_id,
        coalesce(hours.hours, 0) / (24.0 * day(last_day(due.month))) as hour_share
    from due
    left join hours using (monitor_id, species, month)
),

monitored as (
    select
        month, count(distinct monitor_id) as monitors, min(hour_share) as hour_share,
        coalesce(arg_min(monitor_id, hour_share), '') as shortest_monitor
    from filled
    group by all
)

select
    year(expected.month) as year,
    month(expected.month) as month,
    coalesce(figures.figures, 0) as figures,
    coalesce(figures.species_count, 0) as species_count,
    coalesce(monitored.monitors, 0) as monitors,
    coalesce(monitored.hour_share, 1) as hour_share,
    coalesce(monitored.shortest_monitor, '') as shortest_monitor
from expected
left join figures using (month)
left join monitored using (month)
order by expected.month
