-- Limits that are not used, with the reason: those under a registration's number, and permitted amounts far from what else
-- is known of the outlet. Amount and capacity may contradict each other without a third witness: then neither is believed.
with amount as (
    select * from {{ ref('int_permit__limit') }} where permitted_kg > 0 and not is_registration
),

usual as (
    select site_id, source_id, is_site_total, species, median(permitted_kg) as permitted_kg
    from amount
    group by site_id, source_id, is_site_total, species
),

plant as (
    select
        site_id, species, max(permitted_kg) filter (where is_site_total) as plant_total,
        {{ stable_sum('case when not is_site_total then permitted_kg end') }} as outlet_sum
    from usual
    group by site_id, species
),

reported as (
    select source_id, species, median(mass_kg / days) * 365 as reported_year
    from {{ ref('int_permit__declared') }}
    where mass_kg > 0 and not is_registration
    group by source_id, species
    having count(*) > 2
),

territory as (
    select species, max(mass_kg) as territory_largest from {{ ref('int_permit__surveyed') }} group by species
),

referred as (
    select
        amount.limit_id, amount.permitted_kg,
        amount.stack_capacity_kg_h * 8760 as stack_capacity,
        amount.rate_capacity_kg_h * 8760 as rate_limit,
        case when not amount.is_site_total then plant.plant_total end as plant_total,
        case when amount.is_site_total then plant.outlet_sum end as outlet_sum,
        reported.reported_year, territory.territory_largest
    from amount
    inner join plant on plant.site_id = amount.site_id and plant.species = amount.species
    left join reported on reported.source_id = amount.source_id and reported.species = amount.species
    left join territory on territory.species = amount.species
),

witnessed as (
    select
        reference.limit_id, reference.quantity,
        {{ band_sentence('reference.permitted_kg', 'reference.reference_kg', 'band') }} as reason,
        {{ band_excess('reference.permitted_kg / reference.reference_kg', 'band') }} as excess
    from (
        from referred
        unpivot (reference_kg for quantity in (
            stack_capacity, rate_limit, plant_total, outlet_sum, reported_year, territory_largest
        ))
    ) as reference
    inner join {{ ref('sanity_band') }} as band on band.subject = 'amount' and band.quantity = reference.quantity
    where reference.reference_kg > 0
),

-- Amounts of other years and versions bear witness where nothing else speaks against them.
unsuspected as (
    select * from amount where limit_id not in (select limit_id from witnessed where excess > 1)
),

sister as (
    select source_id, species, median(permitted_kg) as permitted_kg
    from unsuspected
    group by source_id, species
    having count(*) > 2
),

breach as (
    select * from witnessed
    union all
    select
        amount.limit_id, band.quantity,
        {{ band_sentence('amount.permitted_kg', 'sister.permitted_kg', 'band') }} as reason,
        {{ band_excess('amount.permitted_kg / sister.permitted_kg', 'band') }} as excess
    from unsuspected as amount
    inner join sister on sister.source_id = amount.source_id and sister.species = amount.species
    inner join {{ ref('sanity_band') }} as band on band.subject = 'amount' and band.quantity = 'sister_amount'
)

select
    limit_id, arg_max(reason, excess) as reason,
    bool_and(quantity in ('stack_capacity', 'rate_limit')) as is_capacity_only
from breach
where excess > 1
group by limit_id
union all
select
    limit_id, 'out_of_band: a registration has no limits; none is credible' as reason, false as is_capacity_only
from {{ ref('int_permit__limit') }}
where is_registration
