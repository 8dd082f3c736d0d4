-- Products made and materials treated, by site and outlet. The activity form is asked first, then the output of units, then
-- the calculation form (G106), for each product and year; a product that is itself a fuel (waste burnt) is no product here:
-- int_activity__fuel has it. Names and units that no seed knows give no activity.
with name as (
    select product_code, unit,
        unnest(list_distinct([name_zh, lower(name_en)] || string_split(lower(coalesce(synonyms, name_zh)), '|'))) as word
    from {{ ref('product') }}
),

-- Each link of a product repeats its output; what differs by outlet are lines of their own.
linked as (
    select scheme, record_key, product, output_unit, accounting_link, period_start, period_end, outlet_code,
        max(output_amount) as output_amount, {{ weakest_edition('edition') }} as edition,
        min(source_file_id) as source_file_id, arg_min(row_no, {'file': source_file_id, 'row': row_no}) as row_no
    from {{ ref('stg_statistics__calculation') }}
    where output_amount > 0
    group by all
),

summed as (
    select scheme, record_key, product, output_unit, accounting_link, period_start, period_end,
        {{ stable_sum('output_amount') }} as output_amount, {{ weakest_edition('edition') }} as edition,
        min(source_file_id) as source_file_id, arg_min(row_no, {'file': source_file_id, 'row': row_no}) as row_no
    from linked
    group by all
),

calculated as (
    select * exclude (accounting_link)
    from summed
    qualify row_number() over (
        partition by scheme, record_key, product, output_unit, period_start, period_end
        order by output_amount desc, accounting_link
    ) = 1
),

stated as (
    select 2 as choice_order, 'unit' as origin, scheme, record_key, unit_code, outlet_code, product, output_unit,
        valid_from as period_start, valid_to as period_end, output_amount, edition, source_file_id, row_no
    from {{ ref('stg_statistics__unit') }}
    where output_amount > 0
    union all by name
    select 3 as choice_order, 'calculation' as origin, * from calculated
),

offered as (
    select 1 as choice_order, 'activity' as origin, scheme, record_key, unit_code, outlet_code,
        activity_code as product_code, technology, period_start, period_end, amount, edition, source_file_id, row_no
    from {{ ref('stg_statistics__activity') }}
    union all by name
    select stated.* exclude (product, output_unit, output_amount), name.product_code,
        stated.output_amount * product_unit.factor as amount
    from stated
    inner join name on name.word = lower(trim(stated.product))
    inner join {{ ref('product_unit') }} as product_unit
        on product_unit.unit_text = trim(stated.output_unit) and product_unit.unit = name.unit
),

placed as (
    select offered.*, link.site_id, product.unit,
        {{ site_outlet('link', 'offered.outlet_code') }} as site_outlet_code,
        dense_rank() over (
            partition by link.site_id, offered.product_code, year(offered.period_start)
            order by offered.choice_order, link.score desc, offered.record_key
        ) as choice
    from offered
    inner join {{ ref('product') }} as product
        on product.product_code = offered.product_code and product.fuel_code is null
    inner join {{ source('identity', 'link') }} as link
        on link.feed = 'statistics' and link.scheme = offered.scheme and link.record_key = offered.record_key
        and {{ in_force('link', 'offered.period_start') }}
    left join {{ ref('int_statistics__form') }} as form
        on form.scheme = offered.scheme and form.record_key = offered.record_key
        and form.year = year(offered.period_start)
    where form.repeats_key is null or form.stands_apart
)

select
    {{ make_id('A', ['placed.site_id', 'placed.product_code', 'placed.period_start', 'placed.period_end', 'placed.origin',
                     'placed.record_key', 'placed.unit_code', 'placed.outlet_code', 'placed.technology']) }} as activity_id,
    placed.site_id, coalesce(outlet.outlet_id, placed.site_id || ':SITE') as source_id,
    outlet.outlet_id is not null as is_outlet, outlet.outlet_code, placed.unit_code, placed.product_code, placed.technology,
    placed.period_start, placed.period_end, placed.amount, placed.unit, 'statistics' as feed, placed.record_key,
    placed.edition, placed.origin, placed.choice = 1 as is_chosen, placed.source_file_id, placed.row_no
from placed
left join {{ ref('int_identity__outlet') }} as outlet
    on outlet.site_id = placed.site_id and outlet.outlet_code = placed.site_outlet_code
