-- One activity data set: fuel by site or outlet with its energy. A feed with tested quality is preferred, then
-- statistics (reviewed), then the permit's report; the choice is made for a whole site and year, never per fuel.
with fuel_row as (
    select 'permit' as feed, * from {{ ref('stg_permit__fuel') }}
    union all by name
    select 'statistics' as feed, * from {{ ref('stg_statistics__fuel') }}
),

-- How each unit burns its fuel: the statistics form says it, the permit's report does not.
burning as (
    select link.site_id, form.outlet_code, form.fuel_code, min(form.technology) as technology
    from {{ ref('stg_statistics__fuel') }} as form
    inner join {{ source('identity', 'link') }} as link
        on link.feed = 'statistics' and link.scheme = form.scheme and link.record_key = form.record_key
    where form.technology is not null
    group by link.site_id, form.outlet_code, form.fuel_code
),

valued as (
    select
        coalesce(fuel_row.technology, burning.technology) as technology,
        link.site_id, fuel_row.feed, fuel_row.outlet_code, fuel_row.fuel_code, fuel_row.period_start,
        fuel_row.period_end, fuel_row.amount, fuel.unit, fuel_row.source_file_id, fuel_row.row_no,
        fuel_row.feed = 'permit' and fuel_row.ncv_gj_per_unit is not null as is_tested,
        coalesce(fuel_row.ncv_gj_per_unit, ncv.value, case when fuel.unit = 'GJ' then 1 end) as ncv_gj_per_unit,
        case
            when fuel_row.feed = 'permit' and fuel_row.ncv_gj_per_unit is not null then 'tested_ncv'
            when fuel_row.ncv_gj_per_unit is not null then 'form_ncv'
            when fuel.unit = 'GJ' then 'metered'
            else 'default_ncv'
        end as origin
    from fuel_row
    inner join {{ source('identity', 'link') }} as link
        on link.feed = fuel_row.feed and link.scheme = fuel_row.scheme and link.record_key = fuel_row.record_key
    inner join {{ ref('fuel') }} as fuel on fuel.fuel_code = fuel_row.fuel_code
    left join burning
        on burning.site_id = link.site_id and burning.fuel_code = fuel_row.fuel_code
        and burning.outlet_code is not distinct from fuel_row.outlet_code
    left join {{ ref('factor') }} as ncv
        on ncv.factor_kind = 'ncv' and ncv.fuel_code = fuel_row.fuel_code
        and fuel_row.period_start between ncv.valid_from and coalesce(ncv.valid_to, date '9999-12-31')
    -- Two records of a feed on one site state the same fuel twice: the better linked one speaks.
    qualify row_number() over (
        partition by link.site_id, fuel_row.feed, fuel_row.outlet_code, fuel_row.fuel_code, fuel_row.period_start,
            fuel_row.period_end
        order by link.score desc, fuel_row.record_key
    ) = 1
),

feed_order as (
    select site_id, year(period_start) as year, feed,
        row_number() over (
            partition by site_id, year(period_start)
            order by bool_or(is_tested) desc, feed = 'statistics' desc, feed
        ) as choice
    from valued
    group by site_id, year(period_start), feed
)

select
    {{ make_id('A', ['valued.site_id', 'valued.outlet_code', 'valued.fuel_code', 'valued.period_start', 'valued.period_end', 'valued.feed']) }}
        as activity_id,
    valued.site_id,
    coalesce(outlet.outlet_id, valued.site_id || ':SITE') as source_id,
    valued.outlet_code is not null and outlet.outlet_id is not null as is_outlet,
    valued.fuel_code, valued.period_start, valued.period_end, valued.amount, valued.unit,
    valued.amount * valued.ncv_gj_per_unit as energy_gj, valued.ncv_gj_per_unit,
    valued.technology, valued.feed, valued.origin, valued.is_tested, feed_order.choice = 1 as is_chosen,
    valued.source_file_id, valued.row_no
from valued
inner join feed_order
    on feed_order.site_id = valued.site_id and feed_order.year = year(valued.period_start)
    and feed_order.feed = valued.feed
left join {{ ref('int_identity__outlet') }} as outlet
    on outlet.site_id = valued.site_id and outlet.outlet_code = valued.outlet_code
