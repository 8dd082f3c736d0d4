-- Energy closure: one row per year of the inventory: how many rows of an energy balance there are, how many do not close,
-- and whether the difference shown is the difference.
select
    inventory.year,
    count(closure.region_code) as balance_rows,
    count(*) filter (where closure.verdict in ('gap', 'exceeds')) as unclosed_rows,
    count(*) filter (
        where abs(
            closure.balance_amount - closure.plant_amount - closure.area_amount - closure.difference_amount
        ) > getvariable('closure_gap') * greatest(abs(closure.balance_amount), closure.plant_amount, closure.area_amount)
    ) as altered_rows
from (select distinct year(month) as year from v1.emission) as inventory
left join v1.energy_closure as closure using (year)
group by inventory.year
order by inventory.year
