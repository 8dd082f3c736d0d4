-- A fuel without a group would keep its sources out of the classes of fuels without a word.
select fuel.fuel_code
from {{ ref('fuel') }} as fuel
left join {{ ref('fuel_group') }} as fuel_group on fuel_group.fuel_code = fuel.fuel_code
where fuel_group.fuel_group is null
