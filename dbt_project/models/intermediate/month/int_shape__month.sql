-- How a longer period of a site falls into months: by its own monitored mass of the species where every month is
-- usable, else by what it burnt where reports of months or quarters cover the year, else by the running hours of its
-- monitors in all twelve months, else by the profile of its class, else by days.
with calendar as (
    select cast(month as date) as month
    from {{ source('raw', 'feed_set') }} as feed_set,
        unnest(generate_series(
            make_date(feed_set.year_first, 1, 1), make_date(feed_set.year_last, 12, 1), interval 1 month
        )) as series (month)
),

own_mass as (
    select site_id, species, month, {{ stable_sum('mass_kg') }} as weight
    from {{ ref('int_monitoring__month') }}
    group by site_id, species, month
    having bool_and(is_usable)
),

own_mass_full as (
    select site_id, species, year(month) as year
    from own_mass
    group by site_id, species, year(month)
    having sum(weight) > 0 and count(*) = 12
),

-- Fuel of reports no longer than a quarter, evenly over the days of each.
burnt as (
    select
        activity.site_id, cast(series.month as date) as month,
        {{ stable_sum("activity.energy_gj
            * (date_diff('day', greatest(cast(series.month as date), activity.period_start),
                least(last_day(cast(series.month as date)), activity.period_end)) + 1)
            / (date_diff('day', activity.period_start, activity.period_end) + 1)") }} as weight
    from {{ ref('int_activity__fuel') }} as activity,
        unnest(generate_series(
            date_trunc('month', activity.period_start), activity.period_end, interval 1 month
        )) as series (month)
    where activity.is_chosen and date_diff('day', activity.period_start, activity.period_end) < 93
    group by activity.site_id, series.month
),

burnt_full as (
    select site_id, year(month) as year
    from burnt
    group by site_id, year(month)
    having sum(weight) > 0 and count(weight) = 12
),

running as (
    select site_id, month, max(calendar_hours - stopped_hours) as weight
    from {{ ref('int_monitoring__month') }}
    group by site_id, month
),

running_full as (
    select site_id, year(month) as year
    from running
    group by site_id, year(month)
    having sum(weight) > 0 and count(*) = 12
),

site_month as (
    select site.site_id, site.source_class_code, calendar.month,
        date_diff('day', calendar.month, last_day(calendar.month)) + 1 as days
    from {{ ref('int_identity__site') }} as site
    cross join calendar
),

general as (
    select
        site_month.site_id, cast(null as varchar) as species, site_month.month,
        case when burnt_full.site_id is not null then coalesce(burnt.weight, 0)
            when running_full.site_id is not null then coalesce(running.weight, 0)
            else site_month.days * coalesce(profile.factor, 1) end as weight,
        case when burnt_full.site_id is not null then 'own_fuel' when running_full.site_id is not null then 'running_hours'
            when profile.factor is not null then 'class_profile' else 'days' end as shape
    from site_month
    left join burnt_full on burnt_full.site_id = site_month.site_id and burnt_full.year = year(site_month.month)
    left join burnt on burnt.site_id = site_month.site_id and burnt.month = site_month.month
    left join running_full
        on running_full.site_id = site_month.site_id and running_full.year = year(site_month.month)
    left join running on running.site_id = site_month.site_id and running.month = site_month.month
    left join {{ ref('int_profile__month') }} as profile
        on profile.source_class_code = site_month.source_class_code
        and profile.month_of_year = month(site_month.month)
)

select * from general
union all by name
select own_mass.*, 'own_mass' as shape
from own_mass
inner join own_mass_full
    on own_mass_full.site_id = own_mass.site_id and own_mass_full.species = own_mass.species
    and own_mass_full.year = year(own_mass.month)
