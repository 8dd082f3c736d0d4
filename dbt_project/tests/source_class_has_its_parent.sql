-- Every class below level 1 has its parent one level above, of the same kind of code: a.b.c stands below a.b.
select class.source_class_code
from {{ ref('source_class') }} as class
left join {{ ref('source_class') }} as parent on parent.source_class_code = class.parent_code
where
    (class.level = 1) <> (class.parent_code is null)
    or (class.level > 1 and (parent.level is distinct from class.level - 1))
    or (contains(class.source_class_code, '.') and not starts_with(class.source_class_code, class.parent_code || '.'))
