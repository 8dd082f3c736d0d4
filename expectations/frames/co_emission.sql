-- Co-emission checks: one row per check × year of the inventory; how many plants lie inside and outside its band, and for
-- how many it could not be computed. What lies outside is listed for review in `co_emission_check`, nothing is altered.
select
    band.check_code,
    inventory.year,
    count(*) filter (where checked.verdict = 'in') as inside_sites,
    count(*) filter (where checked.verdict = 'out') as outside_sites,
    count(*) filter (where checked.verdict = 'not_computable') as not_computable_sites
from v1.co_emission_band as band
cross join (select distinct year(month) as year from v1.emission) as inventory
left join v1.co_emission_check as checked using (check_code, year)
group by band.check_code, inventory.year
order by band.check_code, inventory.year
