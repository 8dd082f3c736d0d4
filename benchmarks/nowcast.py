"""Back-test of the nowcast: a synthetic province over two years, its second year known from the first months only.

Run as `python -m benchmarks.nowcast [--sites N] [--seed N] [--folder DIR]`. The second year is published once as
finished and once for each number of months; the tables compare those releases with the finished one, and all of them
with the truth.
"""

import argparse
import tempfile
from pathlib import Path

import duckdb

from pipelines.home import Home
from pipelines.orchestration.run import refresh
from pipelines.report.backtest import backtest, markdown
from pipelines.report.score import score, share_inside
from pipelines.sample import write_province

FIRST_YEAR = 2025
MONTHS = (3, 6, 9)


def main() -> None:
    """Write, publish, compare, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--sites", type=int, default=200)
    parser.add_argument("--seed", type=int, default=2025)
    parser.add_argument("--folder", type=Path, help="keep samples and homes here")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary)
        finished = _publish(folder, asked.sites, asked.seed, None)
        early = {count: _publish(folder, asked.sites, asked.seed, count) for count in MONTHS}
        year = FIRST_YEAR + 1
        print(f"Synthetic province of {asked.sites} plants, seed {asked.seed}: {year} from its first months.\n")
        print(markdown({count: backtest(path, finished, year) for count, path in early.items()}))
        print(_against_truth({**early, 12: finished}, folder / "feeds-12", year))


def _publish(folder: Path, sites: int, seed: int, months: int | None) -> Path:
    """The warehouse of a release in which the feeds tell of these months of the second year (None: it is finished)."""
    feeds = folder / f"feeds-{months or 12}"
    through = f"{FIRST_YEAR + 1}-{months:02d}" if months else None
    write_province(feeds, sites=sites, seed=seed, year=FIRST_YEAR, years=2, through=through)
    home = Home(folder / f"home-{months or 12}").ensure()
    refresh(home, feeds, [], False, lambda report: None)
    return home.current.resolve() / "warehouse.duckdb"


def _against_truth(releases: dict[int, Path], sample: Path, year: int) -> str:
    """Cell error, and in brackets the error of the total, of each release against the truth of the year.

    The last line is the share of cells whose truth lies in the 95 % interval.
    """
    found = {}
    for count, path in sorted(releases.items()):
        with duckdb.connect(str(path), read_only=True) as con:
            found[count] = {row["species"]: row for row in score(con, sample, year)}
    lines = [
        f"| {species} | {found[12][species]['truth_t']:,.0f} | "
        + " | ".join(
            f"{found[count][species]['fused_error']:.1%} ({found[count][species]['fused_total_error']:+.1%})"
            for count in found
        )
        + " |"
        for species in found[12]
    ]
    inside = " | ".join(f"{share_inside(list(found[count].values())):.1%}" for count in found)
    lines.append(f"| truth inside the 95 % | | {inside} |")
    head = "| species | truth, t | " + " | ".join(
        "finished year" if count == 12 else f"first {count} months" for count in found
    )
    return "\n".join([f"{head} |", "|---" + "|--:" * (len(found) + 1) + "|", *lines]) + "\n"


if __name__ == "__main__":
    main()
