-- Raw arrival: one row per feed. A file that cannot be read or gives no rows blocks nothing, but the release has to say
-- so; a feed of which no file gives rows, or half of whose rows are refused, is lost.
select
    feed,
    count(*) filter (where kept_rows > 0) as kept_files,
    count(*) filter (where not is_readable) as unreadable_files,
    coalesce(sum(rejected_rows) / nullif(sum(read_rows), 0), 0) as rejected_share,
    coalesce(
        string_agg(file_name || ' (' || unreadable_reason || ')', '; ' order by file_name, source_file_id)
        filter (where not is_readable), ''
    ) as unreadable
from raw.source_file
group by feed
order by feed
