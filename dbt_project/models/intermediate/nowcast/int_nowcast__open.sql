-- Which plants and county sources have an unfinished year, and the finished year behind it. A year is finished once half
-- of those that give any value of it give one that reaches its last day (a yearly form, the fourth quarter, December);
-- unfinished once it has begun, and a finished one lies behind it. Who has told of the last day is through.
with subject_year as (
    select
        coalesce(site_id, source_id) as subject, min(site_id) as site_id, year(period_start) as year,
        max(period_end) >= make_date(year(period_start), 12, 31) as is_through
    from {{ ref('int_fusion__candidate') }}
    where is_eligible
    group by coalesce(site_id, source_id), year(period_start)
),

state as (
    select year, avg(is_through::integer) >= 0.5 as is_finished
    from subject_year
    group by year
),

unfinished as (
    select state.year, max(before.year) as base_year
    from state
    inner join state as before on before.year < state.year and before.is_finished
    where not state.is_finished
    group by state.year
)

select subject_year.subject, min(subject_year.site_id) as site_id, unfinished.year, unfinished.base_year
from unfinished
inner join subject_year on subject_year.year in (unfinished.year, unfinished.base_year)
group by subject_year.subject, unfinished.year, unfinished.base_year
having not bool_or(subject_year.is_through and subject_year.year = unfinished.year)
