-- The value that stands for each source, species and month, before shares of it (int_fusion__fraction) are derived.
select * from {{ ref('int_fusion__winner') }}
