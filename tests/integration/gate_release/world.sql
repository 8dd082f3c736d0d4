-- A small consistent inventory of 2020, for the tests of gate and release. Tables exist already (made from the
-- contracts); names are unqualified. Two plants, one monitored outlet, two species, three feeds, no rule broken.
insert into species by name from (values
    ('NOx', 'nitrogen oxides', '氮氧化物', 'air_pollutant', true), ('CO2', 'carbon dioxide', '二氧化碳', 'greenhouse_gas', true)
) t(species, name_en, name_zh, species_group, is_additive);
insert into region by name from (values
    ('T', 'Territory', null, 'territory', null), ('T1', 'City', null, 'city', 'T'), ('T11', 'County', null, 'county', 'T1')
) t(region_code, name_en, name_zh, level, parent_code), (values ('T', 'test', 'confirmed')) s(territory, source, source_status);
insert into source_class by name select 'PP' as source_class_code, 1 as level, '电厂' as name_zh, 'power' as name_en,
    'point' as source_kind, date '2000-01-01' as valid_from, 'test' as source, 'confirmed' as source_status;
insert into target_class by name from (values ('ipcc', '1.A.1'), ('guide', 'power')) t(scheme, target_class_code),
    (values ('类', 'class', 'test', 'confirmed')) s(name_zh, name_en, source, source_status);
insert into source_class_map by name select 'PP' as source_class_code, scheme, '*' as figure_kind, target_class_code,
    'test' as source, 'confirmed' as source_status from target_class;
insert into method by name from (values ('cems', 'measured', 'A', 5.0), ('stat', 'reported', 'C', 20.0)
) t(method_code, basis, quality_grade, uncertainty_pct),
    (values ('m', '方法', 'test', 'confirmed')) s(name_en, name_zh, source, source_status);
insert into fuel by name select 'coal' as fuel_code, 'coal' as name_en, '煤' as name_zh, 't' as unit, false as is_biogenic;
insert into gwp by name select 'CO2' as species, 'AR5' as gwp_set, 1.0 as gwp, 'test' as source, 'confirmed' as source_status;
insert into factor by name select 'f1' as factor_id, 'A' as factor_set, 'ncv' as factor_kind, 'coal' as fuel_code, 'CO2' as species, 20.0 as value,
    'GJ/t' as unit, 19.0 as lower, 21.0 as upper, date '2000-01-01' as valid_from, 'test' as source, 'confirmed' as source_status;
insert into product by name select 'clinker' as product_code, 'clinker' as name_en, '熟料' as name_zh, 't' as unit;
insert into coefficient by name select 'c1' as coefficient_id, 'process_default' as calculation, '*' as industry_scheme, '*' as code_prefix,
    'clinker' as product_code, '*' as technology, 'CO2' as species, 'emission' as stage, false as needs_treatment, 535.0 as intercept,
    0.0 as slope, 'kg/t' as unit, date '2000-01-01' as valid_from, 'test' as source, 'recalled' as source_status;
insert into heat_factor by name select 'NOx.coal.0' as factor_id, 'NOx' as evidence, 'coal' as fuel_code, '*' as source_class_code,
    '*' as industry_scheme, '*' as code_prefix, 0.0 as min_mw, 180.0 as value, 'g/GJ' as unit, 75.0 as lower, 430.0 as upper,
    'test' as source, 'derived' as source_status;
insert into industry by name select 'GB' as industry_scheme, '44' as industry_code, 'test' as source, 'confirmed' as source_status;
insert into priority_rule by name from (values ('r1', 'cems', 1), ('r2', 'stat', 2)) t(rule_id, method_code, rank),
    (values ('*', '*', '*', date '2000-01-01', 'test', 'confirmed')) s(territory, species, source_class_code, valid_from, source, source_status);

insert into site by name from (values ('S1', 'Plant one'), ('S2', 'Plant two')) t(site_id, site_name),
    (values ('T11', 'PP', 'GB', '44', 120.0, 30.0, 100.0, date '2020-01-01')
    ) s(region_code, source_class_code, industry_scheme, industry_code, lon_deg, lat_deg, rated_input_mw, valid_from);
insert into legal_unit by name select 'L1' as legal_code, 'S1' as site_id, 'Plant one' as legal_name, date '2020-01-01' as valid_from;
insert into permit by name select 'REG' as scheme, 'P1' as permit_key, 'S1' as site_id, date '2020-01-01' as valid_from;
insert into outlet by name select 'S1:O1' as outlet_id, 'S1' as site_id, 'O1' as outlet_code, 'main' as outlet_kind,
    'coal' as fuel_code, true as is_monitored, date '2020-01-01' as valid_from;
insert into monitor by name select 'M1' as monitor_id, '1' as monitor_key, 'S1' as site_id, 'S1:O1' as outlet_id, date '2020-01-01' as valid_from;
insert into crosswalk by name from (values ('permit', 'P1', 'S1', 'anchor'), ('statistics', 'Q1', 'S1', 'code'),
    ('monitoring', '1', 'S1', 'code'), ('statistics', 'Q2', 'S2', 'anchor')) t(feed, record_key, site_id, method),
    (values ('p', 'REG', 'Plant', 1.0, 'test', date '2020-01-01')) s(profile, scheme, record_name, score, reason, valid_from);
insert into site_event by name from (values ('e1', 'S1', 'permit', 'P1'), ('e2', 'S2', 'statistics', 'Q2')) t(event_id, site_id, feed, record_key),
    (values ('new', 'REG', date '2020-01-01', 'founded')) s(event, scheme, valid_from, reason);
insert into coverage by name from (values ('S1', true, true, true, 3), ('S2', false, true, false, 1)
) t(site_id, in_permit, in_statistics, in_monitoring, feed_count),
    (values (date '2020-01-01', date '2020-12-31')) s(first_seen, last_seen);

-- One monitored outlet (10 kg NOx and 1,000 kg CO2 a month), the rest of plant one (CO2 only), plant two.
insert into emission_candidate by name
with c as (from (values
    ('c1', 'outlet', 'S1', 'S1:O1', 'NOx', 120.0, 'cems', 'monitoring', 1, 'r1', true, 120.0),
    ('c2', 'outlet', 'S1', 'S1:O1', 'CO2', 12000.0, 'cems', 'monitoring', 1, 'r1', true, 12000.0),
    ('c3', 'site', 'S1', 'S1:SITE', 'CO2', 15000.0, 'stat', 'statistics', 2, 'r2', true, 3000.0),
    ('c4', 'site', 'S1', 'S1:SITE', 'NOx', 118.0, 'stat', 'statistics', 2, 'r2', false, 0.0),
    ('c5', 'site', 'S2', 'S2:all', 'NOx', 240.0, 'stat', 'statistics', 2, 'r2', true, 240.0),
    ('c6', 'site', 'S2', 'S2:all', 'NOx', 250.0, 'stat', 'permit', 3, 'r2', false, 0.0),
    ('c7', 'outlet', 'S1', 'S1:O1', 'NOx', 119.0, 'stat', 'permit', 3, 'r2', false, 0.0)
) t(candidate_id, scope, site_id, source_id, species, mass_kg, method_code, feed, rank, rule_id, is_chosen, chosen_kg))
select *, date '2020-01-01' as period_start, date '2020-12-31' as period_end, 'test' as reason, 1.0 as ratio_to_chosen,
    'file1' as source_file_id, 1 as row_no, 1 as input_count, true as is_eligible, false as is_own_calculation from c;
insert into emission by name
select
    candidate_id || strftime(month, ':%m') as emission_id, site_id, replace(source_id, 'SITE', 'rest') as source_id,
    case when scope = 'outlet' then 'outlet' else 'remainder' end as source_kind, 'PP' as source_class_code,
    'PP' as source_detail_code, '44' as industry_code, 'T11' as region_code, species, cast(month as date) as month, chosen_kg / 12 as mass_kg, method_code, feed,
    case when candidate_id = 'c3' then 'E' when feed = 'monitoring' then 'A' else 'C' end as quality_grade,
    10.0 as uncertainty_pct, 'final' as status, candidate_id, 'none' as factor_status
from emission_candidate, generate_series(timestamp '2020-01-01', timestamp '2020-12-01', interval 1 month) m(month)
where is_chosen;
update emission set quality_grade = 'C' where candidate_id = 'c3' and month > date '2020-02-01';
insert into emission_yearly by name
select region_code, source_class_code, industry_code, species, 2020 as year, sum(mass_kg) as mass_kg,
    10.0 as uncertainty_pct, 0.5 as share_measured, 10.0 as uncertainty_mc_pct, sum(mass_kg) * 0.9 as lower_kg,
    sum(mass_kg) * 1.1 as upper_kg from emission group by all;
insert into region_yearly by name
select r.region_code, r.level, species, year, mass_kg, 10.0 as uncertainty_pct, 10.0 as uncertainty_mc_pct, lower_kg, upper_kg,
    0.5 as share_measured, 0.25 as share_reported, 0.25 as share_calculated, 0.0 as share_default, 0.0 as share_recalled
from emission_yearly, (values ('T', 'territory'), ('T1', 'city'), ('T11', 'county')) r(region_code, level);
insert into emission_by_class by name
select map.scheme, map.target_class_code, species, region_code, 2020 as year, sum(mass_kg) as mass_kg
from emission inner join source_class_map as map on map.source_class_code = emission.source_detail_code group by all;
insert into co2e_yearly by name select 'T11' as region_code, 'PP' as source_class_code, '44' as industry_code, 'CO2' as species,
    2020 as year, 'AR5' as gwp_set, 15000.0 as co2e_kg;
insert into index_input by name from (values ('emission_NOx', 360.0, 'kg'), ('emission_CO2', 15.0, 't'), ('co2e_AR5', 15000.0, 'kg')
) t(metric, value, unit), (values ('T1', 2020, 'final', 'v1')) s(region_code, year, status, method_version);
insert into reconciliation by name from (values ('S1', 'NOx', 120.0, 118.0, 120.0, 'agree'), ('S1', 'CO2', 12000.0, 15000.0, 15000.0, 'differ'),
    ('S2', 'NOx', null, 240.0, 240.0, 'agree')) t(site_id, species, monitoring_kg, statistics_kg, fused_kg, verdict),
    (values (2020, 1.1, 'test')) s(year, ratio_max_min, explanation);
insert into carbon_ledger by name select 'S1' as site_id, 'L1' as legal_code, 2020 as year, 0.12 as nox_fused_t, 12.0 as co2_fuel_t;
insert into activity by name select 'a1' as activity_id, 'S1' as site_id, 'S1:O1' as source_id, 'coal' as fuel_code, date '2020-01-01' as period_start,
    date '2020-12-31' as period_end, 5.0 as amount, 't' as unit, 100.0 as energy_gj, 'statistics' as feed, 'metered' as origin, true as is_chosen;
insert into monitored_hour by name
select 'M1' as monitor_id, 'S1:O1' as source_id, species, hour_start, kg as reported_kg, kg as accepted_kg, 'running' as state,
    'N' as flag, kg as mass_kg
from (values ('NOx', 120.0 / 8784), ('CO2', 12000.0 / 8784)) s(species, kg),
    generate_series(timestamp '2020-01-01', timestamp '2020-12-31 23:00:00', interval 1 hour) h(hour_start);

insert into source_file by name from (values ('file1', 'statistics', 'stat.csv', 12, 10, 1, 1), ('file2', 'monitoring', 'hours.csv', 8784, 8784, 0, 0),
    ('file3', 'permit', 'permit.csv', 1, 1, 0, 0)) t(source_file_id, feed, file_name, read_rows, kept_rows, rejected_rows, duplicate_rows),
    (values ('p', 'aa', 100, 0, 0, 0, true, true)) s(profile, sha256, size_bytes, filtered_rows, notice_rows, quarantined_rows, is_readable, is_synthetic);
insert into rejected_row by name select 'file1' as source_file_id, 7 as row_no, 'raw' as stage, 'statistics__emission' as table_name,
    'out_of_band' as reason_code, 'The mass is negative.' as message;

insert into reason by name select 'lost.rank' as reason_code, 'rank {rank} lost' as text_en, '优先级 {rank} 落选' as text_zh;

-- One county total that the points hold as a whole, one plant inside its band, one balance that closes.
insert into area_closure by name select 'T11' as region_code, 'PP' as source_class_code, 'NOx' as species, 2020 as year, 10.0 as county_total_kg,
    10.0 as held_by_points_kg, 0.0 as remainder_kg, 0.0 as exceeded_kg, 0 as registrations_covered;
insert into co_emission_band by name select 'nox' as check_code, 'NOx over CO2' as name_en, 'NOx 比 CO2' as name_zh, 'NOx' as numerator, 'CO2' as denominator,
    1.0 as scale, 'kg/t' as unit, 0.05 as min_value, 20.0 as max_value, 0.0 as min_fuel_share, 'test' as source, 'derived' as source_status;
insert into co_emission_check by name select 'S1' as site_id, 2020 as year, 'nox' as check_code, 120.0 as numerator_amount, 15.0 as denominator_amount, 8.0 as value,
    'kg/t' as unit, 0.05 as min_value, 20.0 as max_value, 'in' as verdict, 'test' as reason;
insert into energy_closure by name select 'T1' as region_code, 'coal' as fuel_code, 2020 as year, 't' as unit, 6.0 as balance_amount, 5.0 as plant_amount,
    0.0 as area_amount, 1.0 as difference_amount, 0.8333 as ratio, 'closed' as verdict;
insert into weekday_profile by name select '*' as territory, 'PP' as source_class_code, d::int as weekday, 1.0 as factor, 'test' as source,
    'derived' as source_status from range(1, 8) r(d);
insert into hour_profile by name select '*' as territory, 'PP' as source_class_code, h::int as hour_of_day, 1.0 as factor, 'test' as source,
    'derived' as source_status from range(24) r(h);
