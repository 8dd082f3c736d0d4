-- In which regions of today a region code lies: itself (distance 0), its city, its territory. A code that was abolished
-- means its successor, where it has one only (as in int_identity__site); one that was split stays itself.
with successor as (
    select region_code, min(successor_code) as successor_code
    from {{ ref('region_change') }}
    group by region_code having count(*) = 1
),

present as (
    select region_code, region_code as today_code from {{ ref('region') }} where valid_to is null
    union all
    select region_code, successor_code as today_code
    from successor
    where region_code not in (select region_code from {{ ref('region') }} where valid_to is null)
    union all
    select region_code, region_code as today_code
    from {{ ref('region') }}
    where valid_to is not null
        and region_code not in (select region_code from successor)
        and region_code not in (select region_code from {{ ref('region') }} where valid_to is null)
),

parent as (
    select region_code, any_value(parent_code) as parent_code
    from {{ ref('region') }}
    where parent_code is not null
    group by region_code
)

select region_code, today_code, today_code as within_code, 0 as distance from present
union all by name
select present.region_code, present.today_code, parent.parent_code as within_code, 1 as distance
from present
inner join parent on parent.region_code = present.today_code
union all by name
select present.region_code, present.today_code, above.parent_code as within_code, 2 as distance
from present
inner join parent on parent.region_code = present.today_code
inner join parent as above on above.region_code = parent.parent_code
