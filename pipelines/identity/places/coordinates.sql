-- Coordinates as given that may be doubted, and what each is compared with: the site's records of other profiles, the
-- records of its region. Both by the coordinate in use: mended, or NULL where it is impossible.
-- A region with few records is judged with the whole inventory ('').
with large as (select region_code from identity.coordinate group by region_code having count(lon_deg) >= $min_records),

placed as (
    select used.*, coalesce(large.region_code, '') as area
    from identity.coordinate as used left join large on large.region_code = used.region_code
),

member as (
    select area, lon_deg, lat_deg from placed where area <> '' and lon_deg is not null
    union all
    select '', lon_deg, lat_deg from placed where lon_deg is not null and exists (select 1 from placed where area = '')
),

middle as (
    select area, median(lon_deg) as lon_deg, median(lat_deg) as lat_deg
    from member group by area having count(*) >= $min_records
),

away as (
    select member.area, km_between(member.lon_deg, member.lat_deg, middle.lon_deg, middle.lat_deg) as distance_km
    from member inner join middle on middle.area = member.area
),

-- 1.4826 × the median absolute deviation estimates the standard deviation, whatever a few wild points say.
reach as (
    select area, greatest($floor_km, median(distance_km) + $spread * 1.4826 * mad(distance_km)) as limit_km
    from away group by area
),

-- Only what a rule may doubt: impossible as given, or far from one of the two.
doubted as (
    select
        placed.*, beside.lon_deg as beside_lon_deg, beside.lat_deg as beside_lat_deg,
        middle.lon_deg as centre_lon_deg, middle.lat_deg as centre_lat_deg, reach.limit_km
    from placed
    left join middle on middle.area = placed.area
    left join reach on reach.area = placed.area
    left join identity.beside as beside using (feed, scheme, record_key, given_lon_deg, given_lat_deg)
    where not (abs(placed.given_lon_deg) <= 180 and abs(placed.given_lat_deg) <= 90)
        or km_between(placed.given_lon_deg, placed.given_lat_deg, middle.lon_deg, middle.lat_deg) > reach.limit_km
        or km_between(placed.given_lon_deg, placed.given_lat_deg, beside.lon_deg, beside.lat_deg) >= $shift_from_km
),

-- Counted for the far ones only. Several records of one site are one neighbour.
beyond as (
    from doubted where km_between(lon_deg, lat_deg, centre_lon_deg, centre_lat_deg) > limit_km
),

neighbour as (
    select beyond.feed, beyond.scheme, beyond.record_key, beyond.given_lon_deg, beyond.given_lat_deg,
        count(distinct placed.site_id) as neighbours
    from beyond
    inner join placed
        on placed.region_code = beyond.region_code and placed.site_id <> beyond.site_id
        and km_between(placed.lon_deg, placed.lat_deg, beyond.lon_deg, beyond.lat_deg) <= $neighbour_km
    group by all
),

-- How many records of a profile can be compared with another one of their site.
compared as (
    select feed, profile, count(*) as compared from identity.beside group by feed, profile
)

select doubted.feed, doubted.scheme, doubted.record_key, doubted.profile, doubted.site_id, doubted.region_code,
    doubted.given_lon_deg, doubted.given_lat_deg, doubted.beside_lon_deg, doubted.beside_lat_deg,
    doubted.centre_lon_deg, doubted.centre_lat_deg, doubted.limit_km,
    coalesce(neighbour.neighbours, 0) as neighbours, coalesce(compared.compared, 0) as compared,
    dense_rank() over (order by doubted.feed, doubted.profile) - 1 as profile_no
from doubted
left join neighbour using (feed, scheme, record_key, given_lon_deg, given_lat_deg)
left join compared on compared.feed = doubted.feed and compared.profile = doubted.profile
order by doubted.feed, doubted.scheme, doubted.record_key, doubted.given_lon_deg, doubted.given_lat_deg
