"""How fast a large CSV becomes raw Parquet, and how its memory grows with its rows.

Run: python benchmarks/bench_raw.py [--rows 1000000]

An hourly CSV in the form of US EPA CAMD is written to a temporary folder, once with a quarter of the rows and once with
all of them. Each is landed and read in a process of its own; printed are seconds, rows/s, the peak memory, and the
ratio of the two peaks: 4 would mean that the whole file is held, 1 that only a part is. One row in a thousand is
refused, one in five hundred stands twice.
"""

import argparse
import multiprocessing
import resource
import tempfile
import time
from pathlib import Path

import numpy as np

FEEDS = """
name: bench
territory: US-ID
timezone_offset: "-07:00"
year: 2017
files:
  - {feed: monitoring, profile: us-camd-hourly, path: hours.csv}
"""
HEADER = (
    "STATE,FACILITY_NAME,ORISPL_CODE,UNITID,OP_DATE,OP_HOUR,OP_TIME,GLOAD (MW),SLOAD (1000lb/hr),SO2_MASS (lbs),"
    "SO2_MASS_MEASURE_FLG,SO2_RATE (lbs/mmBtu),SO2_RATE_MEASURE_FLG,NOX_RATE (lbs/mmBtu),NOX_RATE_MEASURE_FLG,"
    "NOX_MASS (lbs),NOX_MASS_MEASURE_FLG,CO2_MASS (tons),CO2_MASS_MEASURE_FLG,CO2_RATE (tons/mmBtu),"
    "CO2_RATE_MEASURE_FLG,HEAT_INPUT (mmBtu),FAC_ID,UNIT_ID"
)


def write_hours(path: Path, rows: int) -> None:
    """An hourly file of units that run all the year."""
    rng = np.random.default_rng(1)
    start = np.datetime64("2017-01-01T00", "h")
    stamps = [str(start + hour) for hour in range(8760)]
    stamps = [f'"{s[5:7]}-{s[8:10]}-{s[:4]}","{int(s[11:])}"' for s in stamps]
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER + "\n")
        for first in range(0, rows, 100_000):
            heat = np.round(rng.uniform(800, 3000, 100_000), 3)
            for row in range(first, min(first + 100_000, rows)):
                unit, h = row // 8760, heat[row - first]
                operating = "x" if row % 1000 == 999 else "1"
                line = (
                    f'"ID","Plant {unit // 4}","{unit // 4 + 1}","{unit % 4 + 1}",{stamps[row % 8760]},"{operating}",'
                    f'"{h / 10:.1f}","","{h * 0.01:.3f}","Measured","0.01","Calculated","0.1","Measured",'
                    f'"{h * 0.1:.3f}","Measured","{h * 0.06:.3f}","Measured","0.06","Calculated","{h:.3f}","1","1"\n'
                )
                file.write(line * 2 if row % 500 == 0 else line)


def read(folder: str, answer: "multiprocessing.Queue[tuple[float, int, float, float]]") -> None:
    """Land and read; seconds, rows and the peak memory before and after in MiB."""
    from pipelines.feeds.grammar.feedset import load_feed_set
    from pipelines.feeds.store.landing import land
    from pipelines.feeds.store.raw import write_raw
    from pipelines.home import Home

    home = Home(Path(folder) / "home").ensure()
    feed_set = load_feed_set(Path(folder))
    receipts = land(feed_set, home)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start = time.perf_counter()
    [counts] = write_raw(home, receipts, feed_set)
    seconds = time.perf_counter() - start
    answer.put((seconds, counts.read, before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    wanted = parser.parse_args()
    peaks = []
    context = multiprocessing.get_context("spawn")
    for rows in (wanted.rows // 4, wanted.rows):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "feeds.yaml").write_text(FEEDS, encoding="utf-8")
            write_hours(Path(folder) / "hours.csv", rows)
            size = (Path(folder) / "hours.csv").stat().st_size >> 20
            answer: multiprocessing.Queue[tuple[float, int, float, float]] = context.Queue()
            process = context.Process(target=read, args=(folder, answer))
            process.start()
            seconds, read_rows, before, peak = answer.get()
            process.join()
        peaks.append(peak)
        print(
            f"{read_rows:,} rows, {size} MiB of CSV: {seconds:.1f} s = {read_rows / seconds:,.0f} rows/s, "
            f"peak {peak:,.0f} MiB ({before:.0f} MiB before reading)"
        )
    print(f"memory of all rows over that of a quarter: {peaks[1] / peaks[0]:.2f}")


if __name__ == "__main__":
    main()
