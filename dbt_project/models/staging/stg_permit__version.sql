-- Versions of permits with the days on which each holds. A form states the term and the day of issue; the first version
-- of a term holds from its first day, a change from its day of issue, and each until the next one begins. A register that
-- gives no validity describes the years of the feed set.
with head as (
    select scheme, record_key, valid_from, valid_to, issued_on from {{ latest_rows('permit__site') }} as latest
),

-- A table of limits may know a version that the heads lack; without a day of issue it is no version beside theirs.
stated as (
    select *, 1 as origin_order from head
    union all
    select permit_limit.scheme, permit_limit.record_key, permit_limit.valid_from, permit_limit.valid_to,
        permit_limit.issued_on, 2
    from {{ latest_rows('permit__limit') }} as permit_limit
    where
        permit_limit.valid_from is not null
        and (
            permit_limit.issued_on is not null
            or (permit_limit.scheme, permit_limit.record_key, permit_limit.valid_from) not in (
                select (scheme, record_key, valid_from) from head where valid_from is not null
            )
        )
),

version as (
    select
        stated.scheme, stated.record_key, stated.valid_from, stated.issued_on,
        coalesce(stated.valid_from, make_date(feed_set.year_first, 1, 1)) as term_from,
        arg_min(stated.valid_to, stated.origin_order) filter (where stated.valid_to is not null) as term_to
    from stated
    cross join {{ source('raw', 'feed_set') }} as feed_set
    group by all
),

begun as (
    select
        *,
        case when row_number() over (
            partition by scheme, record_key, term_from order by issued_on nulls first
        ) = 1 then term_from else greatest(term_from, issued_on) end as holds_from
    from version
),

ended as (
    select
        *,
        min(holds_from) over (
            partition by scheme, record_key order by holds_from
            range between interval 1 day following and unbounded following
        ) as next_from
    from begun
)

select
    scheme, record_key, valid_from, issued_on, term_from, holds_from,
    nullif(
        least(coalesce(term_to, date '9999-12-31'), coalesce(cast(next_from - interval 1 day as date), date '9999-12-31')),
        date '9999-12-31'
    ) as holds_to
from ended
-- Of two versions that begin on the same day the later issue holds.
qualify row_number() over (partition by scheme, record_key, holds_from order by issued_on desc nulls last) = 1
