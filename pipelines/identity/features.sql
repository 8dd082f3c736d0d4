-- One row per record that shares a block, with the columns that the comparisons of linking.yaml read.
create or replace temp table feature as
with blocked as (
    select unique_id, list(block_key order by block_key) as block_keys from block_key group by unique_id
),

record as (
    select side_record.*, blocked.block_keys from side_record inner join blocked using (unique_id)
),

grams as (
    select name.name_key, list(gram.gram_code order by gram.gram_code) as name_grams
    from name
    inner join name_gram using (name_id)
    inner join gram using (gram)
    where name.name_key in (select name_key from record)
    group by name.name_key
),

-- 3号, 三号 and III are one number; a number that only one of two names carries is weak evidence, another one strong.
spelt as (
    select distinct
        record_name,
        translate(lower(record_name), '０１２３４５６７８９ⅰⅱⅲⅳ', '01234567891234') as latin
    from record
),

numeral as (
    select
        record_name,
        regexp_extract_all(latin, '[0-9]+')
        || [
            strpos('一二三四五六七八九', han)::varchar
            for han in regexp_extract_all(latin, '([一二三四五六七八九])(?:号|期|厂|分厂|车间|公司)', 1)
        ]
        || [
            list_position(['i', 'ii', 'iii', 'iv', '', 'vi', 'vii', 'viii'], roman)::varchar
            for roman in regexp_extract_all(latin, '\b(i{{1,3}}|iv|vi{{1,3}})(?:[^\w.]|$)', 1)
        ] as numbers
    from spelt
)

select
    record.unique_id, record.is_open, record.block_keys, record.name_key, grams.name_grams,
    list_sort(list_distinct([ltrim(number, '0') for number in numeral.numbers])) as name_numbers,
    record.legal_key, record.address_key, record.region_code, record.counties, record.industry_code,
    record.lon_deg, record.lat_deg, record.rated_input_mw
from record
left join grams using (name_key)
left join numeral on numeral.record_name is not distinct from record.record_name;

drop table name_gram;
drop table name;
drop table gram;
drop table open_gram;
drop table block_key;
