-- Coordinates as given that may be doubted, and what each is compared with: the site's records of other profiles, the
-- records of its region.
-- What is compared with is the coordinate in use: mended, or NULL where it is impossible.
with located as (
    select used.* exclude (valid_from, profile), used.profile, link.site_id
    from identity.coordinate as used
    inner join identity.link as link using (feed, scheme, record_key)
    where used.valid_from between coalesce(link.in_force_from, date '0001-01-01')
        and coalesce(link.in_force_to, date '9999-12-31')
),

beside as (
    select a.feed, a.scheme, a.record_key, a.given_lon_deg, a.given_lat_deg, median(b.lon_deg) as lon_deg,
        median(b.lat_deg) as lat_deg
    from located as a
    inner join located as b on b.site_id = a.site_id and (b.feed, b.profile) <> (a.feed, a.profile)
    where b.lon_deg is not null
    group by all
),

-- A region with few records is judged with the whole inventory ('').
large as (select region_code from located group by region_code having count(lon_deg) >= $min_records),

placed as (
    select located.*, coalesce(large.region_code, '') as area
    from located left join large on large.region_code = located.region_code
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

-- Counted for the far ones only. Several records of one site are one neighbour.
beyond as (
    select placed.*
    from placed
    inner join middle on middle.area = placed.area
    inner join reach on reach.area = placed.area
    where km_between(placed.lon_deg, placed.lat_deg, middle.lon_deg, middle.lat_deg) > reach.limit_km
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
    select placed.feed, placed.profile, count(*) as compared
    from placed inner join beside using (feed, scheme, record_key, given_lon_deg, given_lat_deg)
    group by all
)

select placed.feed, placed.scheme, placed.record_key, placed.profile, placed.site_id, placed.region_code,
    placed.given_lon_deg, placed.given_lat_deg, beside.lon_deg as beside_lon_deg, beside.lat_deg as beside_lat_deg,
    middle.lon_deg as centre_lon_deg, middle.lat_deg as centre_lat_deg, reach.limit_km,
    coalesce(neighbour.neighbours, 0) as neighbours, coalesce(compared.compared, 0) as compared,
    dense_rank() over (order by placed.feed, placed.profile) - 1 as profile_no
from placed
left join middle on middle.area = placed.area
left join reach on reach.area = placed.area
left join beside using (feed, scheme, record_key, given_lon_deg, given_lat_deg)
left join neighbour using (feed, scheme, record_key, given_lon_deg, given_lat_deg)
left join compared on compared.feed = placed.feed and compared.profile = placed.profile
-- Only what a rule may doubt: impossible as given, or far from one of the two.
where not (abs(placed.given_lon_deg) <= 180 and abs(placed.given_lat_deg) <= 90)
    or km_between(placed.given_lon_deg, placed.given_lat_deg, middle.lon_deg, middle.lat_deg) > reach.limit_km
    or km_between(placed.given_lon_deg, placed.given_lat_deg, beside.lon_deg, beside.lat_deg) >= $shift_from_km
order by placed.feed, placed.scheme, placed.record_key, placed.given_lon_deg, placed.given_lat_deg
