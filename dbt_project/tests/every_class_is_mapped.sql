-- Every source class stands in exactly one class of every classification, for every kind of figure; that class exists.
select class.source_class_code, scheme.scheme
from {{ ref('source_class') }} as class
cross join (select distinct scheme from {{ ref('target_class') }}) as scheme
cross join (select distinct figure_kind from {{ ref('int_class__map') }}) as kind
left join {{ ref('int_class__map') }} as map
    on map.source_class_code = class.source_class_code and map.scheme = scheme.scheme
    and map.figure_kind = kind.figure_kind
left join {{ ref('target_class') }} as target
    on target.scheme = map.scheme and target.target_class_code = map.target_class_code
group by class.source_class_code, scheme.scheme, kind.figure_kind
having count(target.target_class_code) <> 1
