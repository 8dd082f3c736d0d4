-- Which site records an open record is compared with: those that share a key which few site records carry.
-- Leaves temp tables for features.sql: side_record, name, name_gram, gram, block_key. Braces are filled from
-- `probabilistic.blocking`.
-- Every version of a record is compared: names and addresses of any date help.
create or replace temp table side_record as
select
    row_number() over () as unique_id,
    match.site_id is null as is_open,
    keyed.feed, keyed.scheme, keyed.record_key, match.site_id,
    keyed.record_name, keyed.name_key, keyed.legal_key, keyed.address_key, keyed.region_code,
    coalesce(keyed.counties, [keyed.region_code]) as counties,
    keyed.industry_code, keyed.lon_deg, keyed.lat_deg, nullif(keyed.rated_input_mw, 0) as rated_input_mw
from identity.keyed as keyed
left join identity.match as match using (feed, scheme, record_key, stay);

-- Pieces of names: two Han characters or three letters. Rare pieces weigh more (inverse document frequency), but no
-- piece more than one that every {rarest_piece}th name has: a slip of the pen is rarer than any name. The code of a piece
-- is its number and, in the last four digits, its weight in hundredths.
create or replace temp table name as
select row_number() over (order by name_key) as name_id, name_key
from (select distinct name_key from side_record where name_key is not null);

create or replace temp table name_gram as
with sized as (
    select name_id, name_key, if(regexp_matches(name_key, '\p{{Han}}'), 2, 3) as size from name
)

select
    name_id,
    unnest(list_distinct([
        substr(name_key, start, size) for start in generate_series(1, greatest(length(name_key) - size + 1, 1))
    ])) as gram
from sized;

create or replace temp table gram as
select
    gram,
    10000 * row_number() over (order by gram)
    + 1 + cast(round(100 * ln(least({rarest_piece}, names.count / count(*)))) as bigint) as gram_code
from name_gram
cross join (select count(*) as count from name) as names
group by gram, names.count;

create or replace temp table open_gram as
select distinct gram from name_gram
where name_id in (select name.name_id from side_record inner join name using (name_key) where side_record.is_open);

-- What the records of one side can be found by: a kind, a text, and a square of the map (0, 0 where it is none).
-- Squares are of two grids shifted by half a square, so that neighbours share at least one of them nearly always.
create or replace temp macro keys_of(side_is_open) as table
with side as (
    select * from side_record where is_open = side_is_open
),

square as (
    select
        side.unique_id, side.industry_code, grid.kind, grid.shift,
        cast(floor(side.lon_deg / grid.width + grid.shift) as integer) as x,
        cast(floor(side.lat_deg / grid.width + grid.shift) as integer) as y
    from side
    cross join (
        values ('wide square', {wide_deg}, 0), ('wide square, shifted', {wide_deg}, 0.5),
            ('square', {near_deg}, 0), ('square, shifted', {near_deg}, 0.5)
    ) as grid (kind, width, shift)
    where side.lon_deg is not null and side.lat_deg is not null
)

select unique_id, kind, if(kind like 'wide%', left(industry_code, {industry_digits}), '') as text, x, y
from square
where industry_code is not null or kind not like 'wide%'
union all
select unique_id, 'name', name_key, 0, 0 from side where name_key is not null
union all
select unique_id, 'address', left(region_code, {region_digits}) || '/' || address_key, 0, 0
from side
where address_key is not null and region_code is not null
union all
select unique_id, 'legal unit', legal_key, 0, 0 from side where legal_key is not null
union all
select side.unique_id, 'piece of the name', coalesce(left(side.region_code, {region_digits}), '') || '/' || piece.gram, 0, 0
from side
inner join name using (name_key)
inner join (select * from name_gram where gram in (select gram from open_gram)) as piece using (name_id);

create or replace temp table open_key as
select * from keys_of(true);

create or replace temp table site_key as
select * from keys_of(false) semi join open_key using (kind, text, x, y);

-- Of each kind an open record keeps its `keys_per_kind` rarest keys, and none that more than `largest_block` share.
create or replace temp table block_key as
with block as (
    select kind, text, x, y, count(*) as size from site_key group by all having count(*) <= {largest_block}
),

chosen as (
    select open_key.unique_id, kind, text, x, y
    from open_key
    inner join block using (kind, text, x, y)
    qualify row_number() over (
        partition by open_key.unique_id, kind order by block.size, text, x, y
    ) <= {keys_per_kind}
),

shared as (
    select * from chosen
    union all
    select unique_id, kind, text, x, y from site_key semi join chosen using (kind, text, x, y)
)

select unique_id, concat_ws('/', kind, text, x, y) as block_key from shared;

drop table open_key;
drop table site_key;
