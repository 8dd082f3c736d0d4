-- Hours of the sources $sources of one species in the months from $first to $last: own hours where the month stands by
-- monitoring, else the month's mass after the weekly and daily profile of the class, whose hours sum to it.
with recursive figure as (
    select emission.*, method.basis = 'measured' and emission.feed = 'monitoring' as is_monitored
    from v1.emission
    inner join v1.method using (method_code)
    where emission.source_id in (select unnest($sources)) and emission.species = $species
        and emission.month between $first and $last
),

lineage as (
    select source_detail_code, source_detail_code as profile_code, 0 as depth from (select distinct source_detail_code from figure)
    union all
    select lineage.source_detail_code, above.parent_code as profile_code, lineage.depth + 1 as depth
    from lineage
    inner join v1.source_class as above on above.source_class_code = lineage.profile_code
    where above.parent_code is not null and lineage.depth < 4
),

weekday as (
    select lineage.source_detail_code, profile.* exclude (source_class_code), profile.source_class_code as profile_code
    from lineage
    inner join v1.weekday_profile as profile on profile.source_class_code = lineage.profile_code
        and profile.territory in ('*', (select territory from v1.release))
    qualify rank() over (partition by lineage.source_detail_code order by lineage.depth, profile.territory = '*') = 1
),

daily as (
    select lineage.source_detail_code, profile.* exclude (source_class_code), profile.source_class_code as profile_code
    from lineage
    inner join v1.hour_profile as profile on profile.source_class_code = lineage.profile_code
        and profile.territory in ('*', (select territory from v1.release))
    qualify rank() over (partition by lineage.source_detail_code order by lineage.depth, profile.territory = '*') = 1
),

own as (
    select hour.source_id, hour.species, hour.hour_start, fsum(hour.mass_kg) as mass_kg,
        cast(date_trunc('month', hour.hour_start) as date) as month
    from v1.monitored_hour as hour
    where hour.source_id in (select unnest($sources)) and hour.species = $species
        and hour.hour_start >= $first and hour.hour_start < $last::date + interval 1 month
    group by hour.source_id, hour.species, hour.hour_start
),

weighted as (
    select
        figure.source_id, figure.species, hour.hour_start, figure.mass_kg, figure.method_code, figure.month,
        coalesce(weekday.factor, 1) * coalesce(daily.factor, 1) as weight,
        concat_ws('; ', coalesce(weekday.profile_code || ': ' || weekday.source, 'week: flat'),
            coalesce(daily.profile_code || ': ' || daily.source, 'day: flat')) as profile
    from figure
    cross join lateral (
        select unnest(generate_series(
            figure.month::timestamp, figure.month::timestamp + interval 1 month - interval 1 hour, interval 1 hour
        )) as hour_start
    ) as hour
    left join weekday
        on weekday.source_detail_code = figure.source_detail_code and weekday.weekday = isodow(hour.hour_start)
    left join daily
        on daily.source_detail_code = figure.source_detail_code and daily.hour_of_day = hour(hour.hour_start)
    where not figure.is_monitored
)

select own.source_id, own.species, own.hour_start, own.mass_kg, false as is_proxy, 'monitored' as profile, figure.method_code
from own
inner join figure on figure.source_id = own.source_id and figure.month = own.month and figure.is_monitored
union all by name
select source_id, species, hour_start,
    mass_kg * (weight / fsum(weight) over (partition by source_id, month)) as mass_kg,
    true as is_proxy, profile, method_code
from weighted
order by source_id, hour_start
