-- What changed among the records since the last linking: rows gone and come, pieces of names that became rarer or commoner,
-- keys by which records are found. Temp tables before: fresh_keyed, changed_record; after: gone, came, changed_gram.
create or replace temp table gone as
select * from identity.every_keyed
semi join changed_record using (feed, scheme, record_key)
anti join fresh_keyed using (row_hash);

create or replace temp table came as
select * exclude (last_no), last_no + row_number() over () as row_no
from fresh_keyed
anti join (
    select row_hash from identity.every_keyed semi join changed_record using (feed, scheme, record_key)
) as known using (row_hash)
cross join (select coalesce(max(row_no), 0) as last_no from identity.every_keyed) as numbered;

delete from identity.every_keyed where row_no in (select row_no from gone);
insert into identity.every_keyed by name select * from came;

-- Names that are new or that nobody bears any more.
create or replace temp table changed_name as
with touched as (
    select name_key, sum(rows) as rows
    from (
        select name_key, 1 as rows from came where name_key is not null
        union all select name_key, -1 from gone where name_key is not null
    )
    group by name_key
),

now as (
    select name_key, count(*) as rows from identity.every_keyed semi join touched using (name_key) group by name_key
)

select name_key, if(now.rows is null, -1, 1) as change
from touched left join now using (name_key)
where (now.rows is null) <> (coalesce(now.rows, 0) = touched.rows);

create or replace temp table changed_gram as
with moved as (
    select gram, sum(change) as change
    from (select unnest(pieces(name_key, piece_size(name_key))) as gram, change from changed_name)
    group by gram
)

select gram, coalesce(gram.names, 0) as before, coalesce(gram.names, 0) + moved.change as after
from moved left join identity.gram as gram using (gram)
where moved.change <> 0;

delete from identity.gram where gram in (select gram from changed_gram);
insert into identity.gram select gram, after from changed_gram where after > 0;

-- What records can be found by: a kind, a text, and a square of the map (0, 0 where it is none), hashed.
-- Squares are of two grids shifted by half a square, so that neighbours share at least one of them nearly always.
delete from identity.posting where row_no in (select row_no from gone);
insert into identity.posting
with square as (
    select
        came.register_no, came.row_no, came.industry_code, grid.kind,
        cast(floor(came.lon_deg / grid.width + grid.shift) as integer) as x,
        cast(floor(came.lat_deg / grid.width + grid.shift) as integer) as y
    from came
    cross join (
        values ('wide square', {wide_deg}, 0), ('wide square, shifted', {wide_deg}, 0.5),
            ('square', {near_deg}, 0), ('square, shifted', {near_deg}, 0.5)
    ) as grid (kind, width, shift)
    where came.lon_deg is not null and came.lat_deg is not null
),

found_by as (
    select register_no, row_no, kind, if(kind like 'wide%', left(industry_code, {industry_digits}), '') as text, x, y
    from square
    where industry_code is not null or kind not like 'wide%'
    union all
    select register_no, row_no, 'name', name_key, 0, 0 from came where name_key is not null
    union all
    select register_no, row_no, 'address', left(region_code, {region_digits}) || '/' || address_key, 0, 0
    from came where address_key is not null and region_code is not null
    union all
    select register_no, row_no, 'legal unit', legal_key, 0, 0 from came where legal_key is not null
    union all
    select register_no, row_no, 'piece of the name',
        coalesce(left(region_code, {region_digits}), '') || '/' || unnest(pieces(name_key, piece_size(name_key))), 0, 0
    from came where name_key is not null
)

select register_no, row_no, kind, hash(kind, text, x, y) as key from found_by;
