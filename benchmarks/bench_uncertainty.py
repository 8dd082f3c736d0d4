"""How long the simulation of every total takes, and how much memory.

Run: python benchmarks/bench_uncertainty.py [--plants 8000] [--species 3] [--counties 90]

Plants are synthetic: two thirds have one value, one third has three (own errors of outlets; shared errors).
Printed are terms, totals, seconds, processor time of the step, and peak memory of the process.
"""

import argparse
import resource
import time

import duckdb

from pipelines.uncertainty import build_intervals

TERMS = """
    create schema intermediate;
    create table intermediate.int_uncertainty__member as
    select 'C' || i as region_code, unnest(['C' || i, 'CITY' || i % 11, 'T']) as subject
    from range({counties}) counties(i);
    create table intermediate.int_uncertainty__term as
    select
        'C' || plant % {counties} as region_code, 'industry' as source_class_code,
        (plant % 400)::varchar as industry_code,
        'S' || plant as site_id, 'X' || species as species, 2023 as year, 'S' || plant || ':' || source as own_key,
        'M' || plant % 7 || ':X' || species as shared_key, (1 + hash(plant, species) % 1000)::double as mass_kg,
        (0.1 + hash(plant) % 80 / 100)::double as sigma_own, (0.05 + hash(species) % 20 / 100)::double as sigma_shared
    from range({plants}) plants(plant), range({species}) kinds(species), range(3) sources(source)
    where source = 0 or plant % 3 = 0
"""


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plants", type=int, default=8_000)
    parser.add_argument("--species", type=int, default=3)
    parser.add_argument("--counties", type=int, default=90)
    wanted = parser.parse_args()
    con = duckdb.connect()
    con.execute(TERMS.format(**vars(wanted)))
    start, cpu = time.perf_counter(), time.process_time()
    summary = build_intervals(con)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    print(f"{summary['terms']:,} terms, {summary['totals']:,} totals, {summary['draws']:,} draws:"
          f" {seconds:.1f} s, processor {cpu:.1f} s")  # fmt: skip
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
