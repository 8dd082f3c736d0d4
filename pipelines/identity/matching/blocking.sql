-- Which site records an open record is compared with: those that share a key which few site records carry.
-- Temp tables before: still_open (row_no), former_open (row_no), fresh_row (row_no: what may score otherwise than last time);
-- `register_no` is a variable. After: block_key (pairs to score), kept_pair (pairs that score as last time).
-- Every version of a record is compared: names and addresses of any date help.
create or replace temp table open_key as
select row_no, kind, key from identity.posting
where register_no = getvariable('register_no') and row_no in (select row_no from still_open);

create or replace temp table site_key as
select row_no, key from identity.posting
where register_no <= getvariable('register_no') and key in (select key from open_key)
    and row_no not in (select row_no from still_open);

-- Of each kind an open record keeps its `keys_per_kind` rarest keys, and none that more than `largest_block` share.
create or replace temp table chosen as
with block as (
    select key, count(*) as size from site_key group by key having count(*) <= {largest_block}
)

select open_key.row_no, key
from open_key
inner join block using (key)
qualify row_number() over (partition by open_key.row_no, kind order by block.size, key) <= {keys_per_kind};

-- A record of the site that is fresh is compared with everybody of its blocks; a fresh open record, or one that looks into
-- another block than last time, with everybody in there.
create or replace temp table block_key as
with looking as (
    select row_no, key from chosen where row_no in (select row_no from fresh_row)
    union
    select row_no, key from chosen
    anti join (
        select row_no, key from identity.chosen where register_no = getvariable('register_no')
    ) as former using (row_no, key)
),

seen as (
    select row_no, key from site_key
    where row_no in (select row_no from fresh_row) or row_no in (select row_no from former_open)
),

shared as (
    select row_no, 'in ' || key as block_key from looking
    union all
    select row_no, 'in ' || key from site_key where key in (select key from looking)
    union all
    select row_no, 'new ' || key from chosen anti join looking using (row_no, key)
    where key in (select key from seen)
    union all
    select row_no, 'new ' || key from seen where key in (select key from chosen anti join looking using (row_no, key))
)

select distinct row_no, block_key from shared;

create or replace temp table kept_pair as
with known as (
    select * from identity.raw_pair
    where register_no = getvariable('register_no') and open_no not in (select row_no from fresh_row)
        and member_no not in (select row_no from fresh_row)
),

compared as (
    select chosen.row_no as open_no, member.row_no as member_no
    from chosen
    inner join (select * from site_key where row_no in (select member_no from known)) as member using (key)
)

select known.* from known semi join compared using (open_no, member_no);

delete from identity.chosen where register_no = getvariable('register_no');
insert into identity.chosen select getvariable('register_no'), row_no, key from chosen;
drop table open_key;
drop table site_key;
