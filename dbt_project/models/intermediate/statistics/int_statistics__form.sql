-- Forms of one year that hold the same plant: an own power plant (自备电厂) filed inside its owner's form and again on its own,
-- a waste-to-energy plant filed as power station and as treatment works. A form repeats another if they are related and
-- every fuel of it (without fuel, every species) stands in the other with the same figure: as its total, as one of its
-- lines, or as the sum of its lines at the same outlets. Related: it names the other as its owner; it is marked as own
-- power plant and shares the legal code; or it only stands at the same site, and then an emission must agree too.
-- A separate form at its owner's site that repeats nothing is a part of that site: `head_key` is the owner's. A form
-- `stands_apart` if it has a site that another feed knows too: then its own site keeps the figures, not the owner.
with form as (
    select site.scheme, site.record_key, site.year, site.edition, site.parent_record_key,
        coalesce(site.is_own_power, false) as is_own_power,
        -- GB 32100: characters 9 to 17 of the credit code are the organisation code.
        case length(site.legal_code) when 18 then substr(site.legal_code, 9, 9) else site.legal_code end as legal_key,
        link.site_id
    from {{ ref('stg_statistics__site') }} as site
    inner join {{ source('identity', 'link') }} as link
        on link.feed = 'statistics' and link.scheme = site.scheme and link.record_key = site.record_key
        and {{ in_force('link', 'site.valid_from') }}
),

-- One join per relation: a join on either of them would compare every form with every other.
pair as (
    select form.scheme, form.year, form.record_key, owner.record_key as owner_key, 1 as relation
    from form
    inner join form as owner
        on owner.scheme = form.scheme and owner.year = form.year and owner.record_key = form.parent_record_key
    union all
    select form.scheme, form.year, form.record_key, owner.record_key, 2
    from form
    inner join form as owner
        on owner.scheme = form.scheme and owner.year = form.year and owner.legal_key = form.legal_key
        and form.is_own_power and not owner.is_own_power
    union all
    select form.scheme, form.year, form.record_key, owner.record_key, 3
    from form
    inner join form as owner
        on owner.scheme = form.scheme and owner.year = form.year and owner.site_id = form.site_id
        and form.parent_record_key is null and form.is_own_power = owner.is_own_power
        and form.record_key > owner.record_key
),

related as (
    select pair.scheme, pair.year, pair.record_key, form.site_id, pair.owner_key, owner.site_id as owner_site_id,
        min(pair.relation) as relation
    from pair
    inner join form
        on form.scheme = pair.scheme and form.year = pair.year and form.record_key = pair.record_key
    inner join form as owner
        on owner.scheme = pair.scheme and owner.year = pair.year and owner.record_key = pair.owner_key
    where pair.owner_key <> pair.record_key and coalesce(owner.parent_record_key, '') <> pair.record_key
    group by all
),

line as (
    select scheme, record_key, year(period_start) as year, true as is_fuel, fuel_code as item, outlet_code,
        amount as value, false as is_total
    from {{ ref('stg_statistics__fuel') }}
    where amount > 0
    union all
    select scheme, record_key, year(period_start), false, species, outlet_code, mass_kg,
        outlet_code is null and part_code is null
    from {{ ref('stg_statistics__emission') }}
    where mass_kg > 0
),

total as (
    select scheme, record_key, year, is_fuel, item, list(distinct outlet_code) as outlets,
        coalesce(
            max(value) filter (where is_total), {{ stable_sum('value') }}
        ) as value
    from line
    group by scheme, record_key, year, is_fuel, item
),

compared as (
    select
        related.scheme, related.year, related.record_key, related.owner_key, related.relation, own.is_fuel, own.item,
        coalesce(
            bool_or(
                abs(line.value - own.value) <= 0.001 * own.value or abs(total.value - own.value) <= 0.001 * own.value
            )
            or abs(
                {{ stable_sum('case when list_contains(own.outlets, line.outlet_code) then line.value end') }}
                - max(own.value)
            ) <= 0.001 * max(own.value),
            false
        ) as is_found
    from related
    inner join total as own
        on own.scheme = related.scheme and own.record_key = related.record_key and own.year = related.year
    left join total
        on total.scheme = related.scheme and total.record_key = related.owner_key and total.year = related.year
        and total.is_fuel = own.is_fuel and total.item = own.item
    left join line
        on line.scheme = related.scheme and line.record_key = related.owner_key and line.year = related.year
        and line.is_fuel = own.is_fuel and line.item = own.item
    group by all
),

repeated as (
    select scheme, year, record_key, owner_key
    from compared
    group by scheme, year, record_key, owner_key, relation
    having
        coalesce(bool_and(is_found) filter (where is_fuel), bool_and(is_found) filter (where not is_fuel))
        and (relation < 3 or coalesce(bool_or(is_found) filter (where not is_fuel), false))
),

chosen as (
    select related.*, repeated.record_key is not null as is_repeat
    from related
    left join repeated using (scheme, year, record_key, owner_key)
    qualify row_number() over (
        partition by related.scheme, related.year, related.record_key
        order by is_repeat desc, related.relation, related.owner_key
    ) = 1
)

select
    form.scheme, form.record_key, form.year, form.site_id, form.edition,
    case when chosen.is_repeat then chosen.owner_key end as repeats_key,
    coalesce(chosen.site_id <> chosen.owner_site_id and known.site_id is not null, false) as stands_apart,
    case when not chosen.is_repeat and chosen.relation < 3 and chosen.site_id = chosen.owner_site_id
        then chosen.owner_key else form.record_key end as head_key
from form
left join chosen using (scheme, record_key, year)
left join (select distinct site_id from {{ source('identity', 'link') }} where feed <> 'statistics') as known
    on known.site_id = form.site_id
