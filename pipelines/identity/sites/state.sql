-- What a linking leaves in the work file for the next one. Everything here can be made anew from the records; nothing of it is
-- in a release. Places go by provisional labels (`site_id` of match, scored_pair); `named` has their lasting ids.
create table if not exists identity.gram (gram varchar, names bigint);
create table if not exists identity.posting (register_no bigint, row_no bigint, kind varchar, key ubigint);
create table if not exists identity.still_open (register_no bigint, row_no bigint);
create table if not exists identity.chosen (register_no bigint, row_no bigint, key ubigint);
create table if not exists identity.takeover (register_no bigint, old_key varchar, new_key varchar);
create table if not exists identity.statistic (name varchar, value bigint);
create table if not exists identity.named (label varchar, site_id varchar);
create table if not exists identity.match (
    feed varchar, scheme varchar, record_key varchar, stay bigint, entity varchar, site_id varchar, method varchar,
    score double, reason varchar, reviewer varchar, candidate_site_id varchar, candidate_score double
);
create table if not exists identity.scored_pair (
    register_no bigint, left_feed varchar, left_scheme varchar, left_record_key varchar, right_feed varchar,
    right_scheme varchar, right_record_key varchar, site_id varchar, probability double, evidence varchar
);
create or replace temp macro piece_size(name_key) as if(regexp_matches(name_key, '\p{Han}'), 2, 3);
create or replace temp macro pieces(name_key, size) as list_distinct([
    substr(name_key, start, size) for start in generate_series(1, greatest(length(name_key) - size + 1, 1))
]);
