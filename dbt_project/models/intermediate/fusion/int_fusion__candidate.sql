-- Every offered value with its rank: the most specific priority rule that holds on the first day of its period.
-- A value without a rule stays, last of all; the gate refuses 'no rule', because it is no rule of the table.
with offered as (
    select * from {{ ref('int_candidate__monitoring') }}
    union all by name select * from {{ ref('int_candidate__permit_report') }}
    union all by name select * from {{ ref('int_candidate__statistics') }}
    union all by name select * from {{ ref('int_candidate__fuel') }}
    union all by name select * from {{ ref('int_candidate__coefficient') }}
    union all by name select * from {{ ref('int_candidate__rated') }}
    union all by name select * from {{ ref('int_candidate__area') }}
),

placed as (
    select
        offered.* exclude (region_code, source_class_code),
        coalesce(offered.region_code, site.region_code) as region_code,
        coalesce(offered.source_class_code, site.source_class_code) as source_class_code
    from offered
    left join {{ ref('int_identity__site') }} as site on site.site_id = offered.site_id
),

ruled as (
    select
        placed.*, coalesce(rule.rule_id, 'no rule') as rule_id, coalesce(rule.rank, 9999) as rank,
        coalesce(rule.is_comparison, false) as is_comparison,
        {{ make_id('C', ['placed.scope', 'placed.source_id', 'placed.part_code', 'placed.species',
                         'placed.period_start', 'placed.period_end', 'placed.method_code', 'placed.feed',
                         'placed.source_file_id', 'placed.row_no']) }} as candidate_id,
        row_number() over (
            partition by placed.scope, placed.source_id, placed.part_code, placed.species, placed.period_start,
                placed.period_end, placed.method_code, placed.feed, placed.source_file_id, placed.row_no
            order by
                (rule.territory <> '*')::integer + (rule.species <> '*')::integer
                + (rule.source_class_code <> '*')::integer desc,
                rule.valid_from desc, rule.rule_id
        ) as rule_order
    from placed
    cross join {{ source('raw', 'feed_set') }} as feed_set
    left join {{ ref('priority_rule') }} as rule
        on rule.method_code = placed.method_code
        and rule.territory in ('*', feed_set.territory)
        and rule.species in ('*', placed.species)
        and rule.source_class_code in ('*', placed.source_class_code)
        and placed.period_start between rule.valid_from and coalesce(rule.valid_to, date '9999-12-31')
)

select * exclude (rule_order)
from ruled
where rule_order = 1
