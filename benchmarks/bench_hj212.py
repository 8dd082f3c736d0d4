"""How fast telegrams are read: hour records of eight factors, each with Min, Avg, Max, Cou, Flag, with CRC
and repeats.

Run: python benchmarks/bench_hj212.py [--telegrams 500000] [--loggers 50]

Printed are telegrams/s and values/s of reading (frames, CRC, fields, sets, repeats, tables) and of the hours
made of the records, and the peak memory. The log is written to a temporary folder first; one frame in a
thousand has a wrong CRC and one in five hundred is sent again.
"""

import argparse
import os
import resource
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np
import pandas  # noqa: F401 (PyArrow loads it at its first conversion, which is not to be timed)

from pipelines.hj212 import read_factors, read_telegrams, to_hours
from pipelines.hj212.crc import standard_crc

FACTORS = ("a21026", "a21002", "a34013", "a19001", "a01012", "a01013", "a01014")
ITEM = "{0}-Min={1:.2f},{0}-Avg={2:.2f},{0}-Max={3:.2f},{0}-Cou={4:.3f},{0}-Flag=N"


def telegrams(count: int, loggers: int, seed: int) -> bytes:
    """A log of hour records, one frame a line, with the standard's CRC."""
    rng = np.random.default_rng(seed)
    start = np.datetime64("2020-01-01T00", "h") + seed * (count // loggers + 1)
    stamps = [str(start + i).replace("-", "").replace("T", "") + "0000" for i in range(count // loggers + 1)]
    values = np.round(rng.random((count, 8, 4)) * 100, 2)
    segments = []
    for i in range(count):
        when = stamps[i // loggers]
        items = ";".join(ITEM.format(code, *values[i, k]) for k, code in enumerate(FACTORS))
        flow = "a00000-Min={0:.1f},a00000-Avg={1:.1f},a00000-Max={2:.1f},a00000-Cou={3:.0f},a00000-Flag=N"
        segments.append(
            f"QN={when}001;ST=31;CN=2061;PW=123456;MN=010000A8900016F00016{i % loggers:04X};Flag=5;"
            f"CP=&&DataTime={when};{flow.format(*values[i, 7])};{items}&&".encode()
        )
    end = np.cumsum([len(s) for s in segments])
    crc = standard_crc(np.frombuffer(b"".join(segments), np.uint8), end - [len(s) for s in segments], end)
    crc[rng.random(count) < 0.001] ^= 1
    lines = [b"##%04d%b%04X\r\n" % (len(s), s, c) for s, c in zip(segments, crc.tolist(), strict=True)]
    return b"".join(lines + lines[::500])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--telegrams", type=int, default=500_000)
    parser.add_argument("--loggers", type=int, default=50)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "hours.log"
        with log.open("wb") as file:
            for number, done in enumerate(range(0, wanted.telegrams, 50_000)):
                file.write(telegrams(min(50_000, wanted.telegrams - done), wanted.loggers, number))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        load, start, cpu = os.getloadavg()[0], time.perf_counter(), time.process_time()
        con = duckdb.connect(config={"threads": 2})
        result = read_telegrams(log, con=con, spool=Path(folder))
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        read = result.counts.read
        rates = f"{read / seconds:,.0f} telegrams/s, {read * 40 / seconds / 1e6:.1f} M values/s"
        print(f"{result.counts}\nread: {read} telegrams, {log.stat().st_size >> 20} MiB in {seconds:.1f} s = {rates}")
        print(
            f"processor time: {cpu:.1f} s; load of the machine before and after: {load:.1f}, {os.getloadavg()[0]:.1f}"
        )
        start = time.perf_counter()
        hours = to_hours(result, read_factors())
        seconds = time.perf_counter() - start
        print(f"hours: {hours.table.num_rows} in {seconds:.1f} s = {hours.table.num_rows / seconds:,.0f} hours/s")
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(f"peak memory: {after / 1024:.0f} MiB, {before / 1024:.0f} MiB before reading")
        con.close()


if __name__ == "__main__":
    main()
