-- The finest class known of each source, inside the family of its site. The most specific rule gives the class (a part of a
-- report before the equipment, the equipment before the fuel, these before the industry); where that class has
-- divisions named after the source's fuel and technology, the source falls into them.
with class as (
    select * from {{ ref('source_class') }} where valid_to is null
),

rule as (
    select industry_scheme, code_prefix, place, part, technology, fuel_group, source_class_code
    from {{ ref('source_class_rule') }}
    union all by name
    select industry_scheme, code_prefix, '*' as place, '*' as part, '*' as technology, '*' as fuel_group,
        source_class_code
    from {{ ref('industry_class') }}
),

ruled as (
    select known.*, coalesce(rule.source_class_code, known.family_code) as base_code
    from {{ ref('int_identity__source_evidence') }} as known
    left join rule
        on split_part(rule.source_class_code, '.', 1) = known.family_code
        and rule.industry_scheme in ('*', known.industry_scheme)
        and (rule.code_prefix = '*' or starts_with(known.industry_code, rule.code_prefix))
        and rule.place in ('*', known.place)
        and rule.part in ('*', known.part)
        and rule.technology in ('*', known.technology)
        and rule.fuel_group in ('*', known.fuel_group)
    qualify row_number() over (
        partition by known.source_id
        order by rule.part <> '*' desc, rule.technology <> '*' desc, rule.fuel_group <> '*' desc,
            rule.place <> '*' desc, length(nullif(rule.code_prefix, '*')) desc nulls last, rule.source_class_code
    ) = 1
),

point as (
    select ruled.*, class.source_class_code as source_detail_code, class.level as detail_level
    from ruled
    inner join class
        on class.source_class_code in (
            ruled.base_code, ruled.base_code || '.' || ruled.technology, ruled.base_code || '.' || ruled.fuel_group,
            ruled.base_code || '.' || ruled.fuel_group || '.' || ruled.technology
        )
    qualify row_number() over (
        partition by ruled.source_id
        order by class.level desc, class.source_class_code = ruled.base_code || '.' || ruled.technology desc
    ) = 1
)

select source_id, site_id, family_code as source_class_code, source_detail_code, detail_level, place, figure_kind,
    fuel_group, technology
from point
union all by name
select distinct
    county.source_id, cast(null as varchar) as site_id, county.source_class_code,
    county.source_class_code as source_detail_code, class.level as detail_level, 'county' as place
from {{ ref('int_fusion__candidate') }} as county
inner join class on class.source_class_code = county.source_class_code
where county.site_id is null
