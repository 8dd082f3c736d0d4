-- One row per record that shares a block, with the columns that the comparisons of linking.yaml read.
create or replace temp table feature as
with blocked as (
    select row_no, list(block_key order by block_key) as block_keys from block_key group by row_no
),

record as (
    select keyed.*, blocked.block_keys
    from identity.every_keyed as keyed inner join blocked using (row_no)
),

-- Rare pieces of names weigh more (inverse document frequency), but no piece more than one that every {rarest_piece}th name
-- has: a slip of the pen is rarer than any name. Both counts are rounded to powers of two, so that a few names more or less
-- leave the weights as they are. The code of a piece is its letters and, in the last four bits, the power.
piece as (
    select distinct name_key, unnest(pieces(name_key, piece_size(name_key))) as gram from record where name_key is not null
),

grams as (
    select
        piece.name_key,
        list(
            (
                (cast(unicode(gram) as bigint) * 262144 + coalesce(nullif(unicode(substr(gram, 2, 1)), -1), 0)) * 262144
                + coalesce(nullif(unicode(substr(gram, 3, 1)), -1), 0)
            ) * 16 + rarity(gram.names)
            order by gram
        ) as name_grams
    from piece
    inner join identity.gram as gram using (gram)
    group by piece.name_key
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
    record.row_no as unique_id, record.row_no in (select row_no from still_open) as is_open, record.block_keys,
    record.name_key, grams.name_grams,
    list_sort(list_distinct([ltrim(number, '0') for number in numeral.numbers])) as name_numbers,
    record.legal_key, record.address_key, record.region_code, coalesce(record.counties, [record.region_code]) as counties,
    record.industry_code, record.lon_deg, record.lat_deg, nullif(record.rated_input_mw, 0) as rated_input_mw
from record
left join grams using (name_key)
left join numeral on numeral.record_name is not distinct from record.record_name;
