-- Limits with the days on which each holds: a calendar year, a year of the term (the nth begins on the anniversary of its
-- first day) as far as the version holds, or the whole version. Limits that name no term belong to all versions of the
-- permit; those that name no day of issue to the version without one, else to all of the term.
with version as (
    select *, bool_or(issued_on is null) over (partition by scheme, record_key, valid_from) as has_undated
    from {{ ref('stg_permit__version') }}
),

limited as (
    select * from {{ latest_rows('permit__limit') }} as latest
    where permitted_kg is not null or concentration_limit_mg_m3 is not null or rate_limit_kg_h is not null
),

placed as (
    select
        limited.* exclude (valid_from, valid_to),
        case
            when limited.year is not null then make_date(limited.year, 1, 1)
            else greatest(
                coalesce(version.holds_from, make_date(feed_set.year_first, 1, 1)),
                version.term_from + to_years(cast(limited.permit_year - 1 as integer))
            ) end as valid_from,
        case
            when limited.year is not null then make_date(limited.year, 12, 31)
            else least(
                version.holds_to,
                version.term_from + to_years(cast(limited.permit_year as integer)) - interval 1 day
            ) end as valid_to
    from limited
    cross join {{ source('raw', 'feed_set') }} as feed_set
    left join version
        on version.scheme = limited.scheme and version.record_key = limited.record_key and limited.year is null
        and (limited.valid_from is null or limited.valid_from = version.valid_from)
        and (
            limited.issued_on is not distinct from version.issued_on
            or (limited.issued_on is null and (limited.valid_from is null or not version.has_undated))
        )
)

select * replace (cast(valid_from as date) as valid_from, cast(valid_to as date) as valid_to)
from placed
where valid_to is null or valid_from <= valid_to
