-- One activity data set: fuel by site, outlet or unit with its energy. A feed with tested quality is preferred, then
-- statistics (reviewed), then the permit's report; the choice is made for a whole site and year, never per fuel.
with fuel_row as (
    select 'permit' as feed, *, record_key as head_key from {{ ref('stg_permit__fuel') }}
    union all by name
    -- What another form of the same plant already holds is no second fuel (int_statistics__form).
    select 'statistics' as feed, fuel.*, coalesce(form.head_key, fuel.record_key) as head_key
    from {{ ref('stg_statistics__fuel') }} as fuel
    left join {{ ref('int_statistics__form') }} as form
        on form.scheme = fuel.scheme and form.record_key = fuel.record_key and form.year = year(fuel.period_start)
    where (form.repeats_key is null or form.stands_apart)
        and not exists (
            select 1
            from {{ ref('int_statistics__form') }} as apart
            inner join {{ ref('stg_statistics__fuel') }} as held
                on held.scheme = apart.scheme and held.record_key = apart.record_key
                and year(held.period_start) = apart.year
            where apart.scheme = fuel.scheme and apart.repeats_key = fuel.record_key and apart.stands_apart
                and apart.year = year(fuel.period_start) and held.fuel_code = fuel.fuel_code
                and abs(held.amount - fuel.amount) <= 0.001 * held.amount
        )
    union all by name
    -- Waste that a treatment works burns is a fuel too, where its form does not list it as one.
    select 'statistics' as feed, treated.* exclude (activity_code), product.fuel_code, treated.record_key as head_key
    from {{ ref('stg_statistics__activity') }} as treated
    inner join {{ ref('product') }} as product
        on product.product_code = treated.activity_code and product.fuel_code is not null
    where not exists (
        select 1 from {{ ref('stg_statistics__fuel') }} as held
        where held.scheme = treated.scheme and held.record_key = treated.record_key
            and held.fuel_code = product.fuel_code and year(held.period_start) = year(treated.period_start)
    )
),

-- One set of defaults speaks for a fuel: its calorific value, carbon content and oxidation are never mixed with another's.
default_set as (
    select factor.*
    from {{ ref('factor') }} as factor
    where factor.factor_kind = 'ncv'
    qualify row_number() over (partition by factor.fuel_code, factor.valid_from order by factor.factor_set) = 1
),

-- How each unit burns its fuel: the statistics form says it, the permit's report does not.
burning as (
    select link.site_id, {{ site_outlet('link', 'form.outlet_code') }} as outlet_code, form.fuel_code,
        min(form.technology) as technology
    from {{ ref('stg_statistics__fuel') }} as form
    inner join {{ source('identity', 'link') }} as link
        on link.feed = 'statistics' and link.scheme = form.scheme and link.record_key = form.record_key
        and {{ in_force('link', 'form.period_start') }}
    where form.technology is not null
    group by all
),

valued as (
    select
        coalesce(fuel_row.technology, burning.technology) as technology,
        link.site_id, fuel_row.feed, fuel_row.record_key,
        {{ site_outlet('link', 'fuel_row.outlet_code') }} as outlet_code, fuel_row.unit_code, fuel_row.fuel_no,
        fuel_row.fuel_code, fuel_row.period_start, fuel_row.period_end, fuel_row.edition, fuel_row.amount, fuel.unit,
        fuel_row.carbon_pct, fuel_row.sulphur_pct, fuel_row.ash_pct, fuel_row.volatile_pct, fuel_row.source_file_id, fuel_row.row_no,
        fuel_row.carbon_pct is not null or (fuel_row.feed = 'permit' and fuel_row.ncv_gj_per_unit is not null) as is_tested,
        ncv.factor_set, ncv.lower as ncv_lower, ncv.upper as ncv_upper,
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
        and {{ in_force('link', 'fuel_row.period_start') }}
    inner join {{ ref('fuel') }} as fuel on fuel.fuel_code = fuel_row.fuel_code
    left join burning
        on burning.site_id = link.site_id and burning.fuel_code = fuel_row.fuel_code
        and burning.outlet_code is not distinct from {{ site_outlet('link', 'fuel_row.outlet_code') }}
    left join default_set as ncv
        on ncv.fuel_code = fuel_row.fuel_code
        and fuel_row.period_start between ncv.valid_from and coalesce(ncv.valid_to, date '9999-12-31')
    -- Two records of a feed on one site state the same fuel twice: the better linked one speaks, with all its units.
    qualify dense_rank() over (
        partition by link.site_id, link.outlet_prefix, fuel_row.feed, fuel_row.outlet_code, fuel_row.fuel_code,
            fuel_row.period_start, fuel_row.period_end
        order by link.score desc, fuel_row.head_key
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
    {{ make_id('A', ['valued.site_id', 'valued.outlet_code', 'valued.fuel_code', 'valued.period_start', 'valued.period_end',
                     'valued.feed', 'valued.record_key', 'valued.unit_code', 'valued.fuel_no']) }} as activity_id,
    valued.site_id,
    coalesce(outlet.outlet_id, valued.site_id || ':SITE') as source_id,
    valued.outlet_code is not null and outlet.outlet_id is not null as is_outlet,
    outlet.outlet_code, valued.unit_code, valued.fuel_code, valued.period_start, valued.period_end, valued.amount, valued.unit,
    valued.amount * valued.ncv_gj_per_unit as energy_gj, valued.ncv_gj_per_unit, valued.factor_set, valued.ncv_lower, valued.ncv_upper, valued.carbon_pct, valued.sulphur_pct, valued.ash_pct,
    valued.volatile_pct, valued.technology, valued.feed, valued.record_key, valued.fuel_no, valued.edition, valued.origin,
    valued.is_tested, feed_order.choice = 1 as is_chosen, valued.source_file_id, valued.row_no
from valued
inner join feed_order
    on feed_order.site_id = valued.site_id and feed_order.year = year(valued.period_start)
    and feed_order.feed = valued.feed
left join {{ ref('int_identity__outlet') }} as outlet
    on outlet.site_id = valued.site_id and outlet.outlet_code = valued.outlet_code
