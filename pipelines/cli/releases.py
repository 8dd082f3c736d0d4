"""Commands on releases: releases, diff, rollback.

Here: arguments and display. Not here: the flip (`release/`).
"""

from typing import Annotated

import duckdb
import typer

from pipelines.cli.options import DEFAULT_HOME, HomeOption, show_table
from pipelines.cli.unreadable import unreadable
from pipelines.home import Home

TONNES = 1000.0


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    for command in (releases, diff, rollback):
        app.command()(command)


def releases(home: HomeOption = DEFAULT_HOME) -> None:
    """List the releases, oldest first; * marks the current one."""
    from pipelines.release import list_releases

    place = Home(home)
    found = list_releases(place) if place.releases.is_dir() else []
    if not found:
        print(f"{place.releases}: nothing has been published yet; run `fusedinv refresh`.")
        return
    rows = [
        (
            "*" if info.is_current else "",
            info.release_id,
            info.manifest["feed_set"],
            info.manifest["years"],
            info.manifest["known_at"],
            info.manifest["rows"]["emission"],
            len(unreadable(info.manifest)),
            info.manifest["parent_release_id"],
        )
        for info in found
    ]
    header = ("", "release", "feed set", "years", "known at (UTC)", "emission rows", "unreadable files", "parent")
    show_table(header, rows)


def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="Earlier release.")],
    after: Annotated[str, typer.Argument(metavar="B", help="Later release.")],
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """What changed between two releases: totals per year and species, and row counts per table."""
    from pipelines.release import open_release
    from pipelines.release.manifest import read

    place = Home(home)
    with open_release(place, before) as a, open_release(place, after) as b:
        old, new = _totals(a.con), _totals(b.con)
        rows_a, rows_b = read(a.path)["rows"], read(b.path)["rows"]
    totals = [
        (year, species, *_change(old.get((year, species), 0.0), new.get((year, species), 0.0)))
        for year, species in sorted(old.keys() | new.keys())
    ]
    show_table(("year", "species", f"{before} t", f"{after} t", "difference t", "%"), totals, title="Totals")
    tables = sorted(rows_a.keys() | rows_b.keys())
    counts = [(table, rows_a.get(table, 0), rows_b.get(table, 0)) for table in tables]
    changed = [(table, a, b, b - a) for table, a, b in counts if a != b]
    if changed:
        show_table(("table", before, after, "difference"), changed, title="Row counts that changed")
    else:
        print("No table has more or fewer rows.")


def rollback(
    release_id: Annotated[str, typer.Argument(metavar="ID", help="Release to make current again.")],
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Make an earlier release current again, after its files were verified."""
    from pipelines.release import rollback as flip_back

    before = flip_back(Home(home), release_id)
    print(f"Release {release_id} is current now; {before} stays and can be made current again.")


def _totals(con: duckdb.DuckDBPyConnection) -> dict[tuple[int, str], float]:
    from pipelines.report import totals

    return {(row["year"], row["species"]): row["mass_kg"] / TONNES for row in totals(con)}


def _change(old: float, new: float) -> tuple[float, float, float, float | None]:
    return old, new, new - old, (new - old) / old * 100 if old else None
