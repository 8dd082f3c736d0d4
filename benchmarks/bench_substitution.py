"""How fast gaps are filled: the kernel alone on many series, and the whole step on a work file.

Run: python benchmarks/bench_substitution.py [--values 105000000] [--monitors 300] [--threads 2]

Series are synthetic: a slow random walk, about 7 % of the hours missing in gaps of 1 to 400 hours, some
stops. Printed are values/s (series x hours) of the kernel on one core, seconds of the step, and peak memory.
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np

from pipelines.contracts import create_sql, load
from pipelines.monitoring import build_hours, substitute
from pipelines.monitoring.build import species_codes
from pipelines.monitoring.hours import Calendar
from pipelines.monitoring.rules import RuleTable, read_rules

SEEDS = Path(__file__).parents[1] / "dbt_project" / "seeds"
YEAR = 2024


def load_seeds(con: duckdb.DuckDBPyConnection) -> None:
    """Seeds as dbt would load them."""
    con.execute("create schema if not exists seeds")
    for seed in ("monitoring_rule", "monitoring_flag", "monitoring_state"):
        con.execute(f"create table seeds.{seed} as from read_csv('{SEEDS}/{seed}.csv', all_varchar = true)")


def synthetic(series: int, hours: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mass, valid and stopped of some series [series, hours]."""
    rng = np.random.default_rng(seed)
    mass = 5 + np.abs(rng.standard_normal((series, hours)).cumsum(axis=1)) * 0.1
    valid, stopped = np.ones(mass.shape, bool), np.zeros(mass.shape, bool)
    for mask, count, longest in ((valid, hours // 60, 4), (valid, hours // 3000, 400), (stopped, 2, 600)):
        for row in range(series):
            for start in rng.integers(0, hours, count):
                mask[row, start : start + rng.integers(1, longest)] = mask is stopped
    return mass, valid & ~stopped, stopped


def bench_kernel(values: int, rules: RuleTable) -> None:
    """Fill batches of 100 series until `values` values have passed; only the kernel is timed."""
    calendar = Calendar(YEAR, YEAR)
    chosen = rules.choose("HJ212", "330000", calendar.bounds[0].date())
    batch = synthetic(100, len(calendar.hour_start), 1)
    gaps = 1 - (batch[1] | batch[2]).mean()
    passed, seconds, filled = 0, 0.0, 0
    while passed < values:
        start = time.process_time()  # of this process only: other work on the machine does not show
        result = substitute(*batch, calendar.quarter, chosen)
        seconds += time.process_time() - start
        passed += batch[0].size
        filled += int(np.count_nonzero(result.fill_code))
    print(
        f"kernel: {passed / 1e6:.1f} M values, {gaps:.1%} gaps, {filled / passed:.1%} filled: {seconds:.1f} s"
        f" = {passed / seconds / 1e6:.1f} M values/s on one core"
    )


def bench_step(monitors: int, threads: int, work_file: Path) -> None:
    """The whole step build_hours on a work file on disk with `monitors` x one year x three species."""
    con = duckdb.connect(str(work_file), config={"threads": threads, "memory_limit": "1GB"})
    load_seeds(con)
    con.execute("create schema raw; create schema staging")
    con.execute(create_sql(load("raw")["monitoring__hour"], "raw"))
    record = {"mark": "varchar", "origin": "varchar", "revised_mg_m3": "double", "revised_kg": "double"}
    empty = "".join(f", null::{kind} as {s}_{name}" for s in species_codes() for name, kind in record.items())
    con.execute(f"create view staging.stg_monitoring__hour as select *{empty} from raw.monitoring__hour")
    con.execute(
        f"create table raw.feed_set as select '33' as territory, {YEAR} as year_first, {YEAR} as year_last"
    )
    con.execute(f"""
        insert into raw.monitoring__hour by name
        select 'HJ212' as scheme, format('MN{{:06d}}', m) as monitor_key,
               timestamp '{YEAR}-01-01' + to_hours(h) as hour_start,
               if(hash(m, h // 200) % 20 = 0, '停运', null) as production_state,
               3 + (hash(m, h, 1) % 1000) / 500 as so2_kg, if(hash(m, h, 2) % 30 = 0, 'D', 'N') as so2_flag,
               9 + (hash(m, h, 3) % 1000) / 500 as nox_kg,
               if(hash(m, h // 30, 4) % 30 = 0, 'M', 'N') as nox_flag,
               1 + (hash(m, h, 5) % 1000) / 500 as pm_kg, if(hash(m, h, 6) % 9 = 0, 'C', 'N') as pm_flag,
               'file' || h // 730 as source_file_id, m * 10000 + h as row_no, 'bench' as profile
        from range({monitors}) monitors(m), range(8760) hours(h)
        where hash(m, h, 7) % 40 > 0 order by h // 730, m, h
    """)
    con.execute("checkpoint")
    start, cpu = time.perf_counter(), time.process_time()
    summary = build_hours(con)
    con.close()
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    values = summary["hours"] * 3
    print(
        f"step: {monitors} monitors, {values / 1e6:.1f} M values, {summary['filled']:,} filled:"
        f" {seconds:.1f} s = {values / seconds / 1e6:.2f} M values/s; cpu {cpu:.1f} s, {threads} threads"
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--values", type=int, default=105_000_000)
    parser.add_argument("--monitors", type=int, default=300)
    parser.add_argument("--threads", type=int, default=2)
    wanted = parser.parse_args()
    con = duckdb.connect()
    load_seeds(con)
    if wanted.values:
        bench_kernel(wanted.values, read_rules(con))
    if wanted.monitors:
        with tempfile.TemporaryDirectory() as folder:
            bench_step(wanted.monitors, wanted.threads, Path(folder) / "work.duckdb")
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
