-- Raw batch: one row per file that was read (of the others, `raw_arrival`). read = kept + rejected + duplicates, and every refused row is explained.
with refused as (
    select source_file_id, count(*) as rows from raw.rejected_row group by all
)

select
    source_file_id,
    file.file_name,
    file.feed,
    file.profile,
    file.read_rows,
    file.kept_rows,
    file.read_rows - file.kept_rows - file.rejected_rows - file.duplicate_rows as unaccounted_rows,
    file.rejected_rows - coalesce(refused.rows, 0) as unexplained_rows,
    coalesce(file.rejected_rows / nullif(file.read_rows, 0), 0) as rejected_share
from raw.source_file as file
left join refused using (source_file_id)
where file.is_readable
order by source_file_id
