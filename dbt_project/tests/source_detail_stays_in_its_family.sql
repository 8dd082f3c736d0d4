-- The finest class of a source stands below the family that its figures bear.
with recursive line as (
    select source_class_code, source_class_code as ancestor_code from {{ ref('source_class') }}
    union all
    select line.source_class_code, class.parent_code
    from line
    inner join {{ ref('source_class') }} as class on class.source_class_code = line.ancestor_code
    where class.parent_code is not null
)

select detail.source_id, detail.source_class_code, detail.source_detail_code
from {{ ref('int_identity__source_class') }} as detail
where not exists (
    select 1 from line
    where line.source_class_code = detail.source_detail_code and line.ancestor_code = detail.source_class_code
)
