"""`make bench-identity`: precision, recall and confusion per stage of the whole linking.

Here: which benchmarks there are, and their targets. Not here: records and truth (`cases`, `province`), speed (`scale`).
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import duckdb
import typer

from benchmarks.identity import cases as real
from benchmarks.identity import province
from benchmarks.identity.records import Result, compare, link

# Name → least precision and recall.
TARGETS = {
    "Czech register 2019 → 2020": (0.995, 0.97),
    "Idaho monitors ↔ yearly report": (1.0, 1.0),
    "Ningxia outlets → enterprises": (1.0, 219 / 220),
    "sample province, heavy dirt": (0.995, 0.98),
}


def run(name: str, make: Callable[[], real.Case], year: int) -> Result:
    """One benchmark, printed."""
    tables, truth = make()
    with duckdb.connect() as con:
        begin = time.perf_counter()
        link(con, tables, year)
        seconds = time.perf_counter() - begin
        result = compare(con, name, truth)
    print(f"{result}linked in {seconds:.1f} s\n", flush=True)
    return result


def main(
    cases: Annotated[Path | None, typer.Option(help="folder of the real feed sets (FUSEDINV_CASES)")] = None,
    sites: Annotated[int, typer.Option(help="plants of the sample province")] = 1000,
) -> None:
    """Run all benchmarks; exit 1 if one misses its target."""
    folder = cases or Path(os.environ.get("FUSEDINV_CASES", Path(__file__).parents[3] / "shared" / "cases"))
    with TemporaryDirectory() as scratch:
        rooms = Path(scratch)
        makers: list[tuple[Callable[[], real.Case], int]] = [
            (lambda: real.czech(folder), 2020),
            (lambda: real.idaho(folder, rooms / "idaho"), 2017),
            (lambda: real.ningxia(folder, rooms / "ningxia"), 2019),
            (lambda: province.make(rooms / "province", sites, seed=province.TEST_SEED), province.YEAR),
        ]
        if not folder.is_dir():
            print("The real feed sets are not here (FUSEDINV_CASES); only the sample province runs.")
        results = [
            (run(name, make, year), least)
            for (name, least), (make, year) in zip(TARGETS.items(), makers, strict=True)
            if folder.is_dir() or year == province.YEAR
        ]
    missed = [result.name for result, (precision, recall) in results
              if result.precision < precision or result.recall < recall]  # fmt: skip
    if missed:
        raise SystemExit("Targets missed: " + ", ".join(missed))


if __name__ == "__main__":
    typer.run(main)
