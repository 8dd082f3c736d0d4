-- Every hourly record, wide: telegrams and wide exports as they come, long records from their pivot. Rows of one hour may
-- repeat; which of them counts is judged species by species (pipelines/monitoring).
select * from {{ source('raw', 'monitoring__hour') }}
union all by name
select * from {{ ref('stg_monitoring__record') }}
