-- Who held a site when, under which name: what the permits say, else the forms, else the platforms. A mistyped code in a
-- form makes no owner where the permit names one.
with version as (
    select
        site_id, legal_code, coalesce(legal_name, record_name) as legal_name, valid_from, valid_to,
        dense_rank() over (
            partition by site_id
            order by case feed when 'permit' then 1 when 'statistics' then 2 else 3 end
        ) as feed_rank
    from {{ source('identity', 'link_version') }}
    where legal_code is not null
),

marked as (
    select *, legal_name is distinct from lag(legal_name) over times as is_change
    from version
    where feed_rank = 1
    window times as (partition by site_id, legal_code order by valid_from, legal_name)
),

run as (
    select *, count_if(is_change) over (partition by site_id, legal_code order by valid_from, legal_name) as run_no
    from marked
),

held as (
    select
        legal_code, site_id, legal_name, min(valid_from) as valid_from,
        nullif(max(coalesce(valid_to, date '9999-12-31')), date '9999-12-31') as valid_to
    from run
    group by site_id, run_no, legal_code, legal_name
)

select
    legal_code, site_id, legal_name,
    case when length(legal_code) = 18 then substr(legal_code, 9, 9)
        when length(legal_code) = 9 then legal_code end as organisation_code,
    valid_from, valid_to
from held
qualify row_number() over (partition by legal_code, site_id, valid_from order by legal_name) = 1
