-- The permitted amount of every source and year: that of the version valid last in the year. An amount that is not
-- credible gives way to the credible one of the same outlet and species nearest in time; without one it is empty.
-- largest_kg is the widest that held at any time of the year.
with calendar as (
    select unnest(generate_series(year_first, year_last)) as year from {{ source('raw', 'feed_set') }}
    union
    select distinct year from {{ ref('int_permit__declared') }}
),

amount as (
    select permit_limit.*, breach.limit_id is null as is_credible
    from {{ ref('int_permit__limit') }} as permit_limit
    left join {{ ref('int_permit__limit_breach') }} as breach on breach.limit_id = permit_limit.limit_id
    where permit_limit.permitted_kg is not null and not permit_limit.is_registration
),

-- Every permit that names an amount for the source in the year; two permits of one outlet add up.
named as (
    select distinct
        amount.scheme, amount.record_key, amount.site_id, amount.source_id, amount.is_site_total, amount.species,
        calendar.year
    from amount
    inner join calendar
        on calendar.year between year(amount.valid_from) and coalesce(year(amount.valid_to), 9999)
),

offered as (
    select
        named.*, amount.permitted_kg,
        named.year between year(amount.valid_from) and coalesce(year(amount.valid_to), 9999) as holds,
        abs(year(amount.valid_from) - named.year) as distance, amount.valid_from, amount.limit_id
    from named
    left join amount
        on amount.is_credible and amount.scheme = named.scheme and amount.record_key = named.record_key
        and amount.source_id = named.source_id and amount.species = named.species
),

chosen as (
    select
        *,
        row_number() over choice as choice,
        max(case when holds then permitted_kg end) over (
            partition by scheme, record_key, source_id, species, year
        ) as largest_kg
    from offered
    window choice as (
        partition by scheme, record_key, source_id, species, year
        order by holds desc, case when holds then valid_from end desc, distance, valid_from desc, limit_id
    )
)

select
    site_id, source_id, is_site_total, species, year,
    case when bool_and(permitted_kg is not null) then {{ stable_sum('permitted_kg') }} end as permitted_kg,
    {{ stable_sum('largest_kg') }} as largest_kg
from chosen
where choice = 1
group by site_id, source_id, is_site_total, species, year
