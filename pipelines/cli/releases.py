"""Commands on releases: releases, diff, rollback.

Here: arguments and display. Not here: the flip (`release/`).
"""

from typing import Annotated

import duckdb
import typer

from pipelines.cli.messages import Messages
from pipelines.cli.options import DEFAULT_HOME, HomeOption, LangOption, show_table
from pipelines.cli.unreadable import unreadable
from pipelines.home import Home

TONNES = 1000.0


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    for command in (releases, diff, rollback):
        app.command()(command)


def releases(home: HomeOption = DEFAULT_HOME, lang: LangOption = "en") -> None:
    """List the releases, oldest first; * marks the current one."""
    from pipelines.release import list_releases

    place, say = Home(home), Messages(lang)
    found = list_releases(place) if place.releases.is_dir() else []
    if not found:
        print(say("releases.none", folder=place.releases))
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
    names = ("release", "feed_set", "years", "known_at", "rows", "unreadable", "parent")
    show_table(["*", *(say(f"releases.column.{name}") for name in names)], rows)


def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="Earlier release.")],
    after: Annotated[str, typer.Argument(metavar="B", help="Later release.")],
    home: HomeOption = DEFAULT_HOME,
    lang: LangOption = "en",
) -> None:
    """What changed between two releases: totals per year and species, and row counts per table."""
    from pipelines.release import open_release
    from pipelines.release.manifest import read

    place, say = Home(home), Messages(lang)
    with open_release(place, before) as a, open_release(place, after) as b:
        old, new = _totals(a.con), _totals(b.con)
        rows_a, rows_b = read(a.path)["rows"], read(b.path)["rows"]
    totals = [
        (year, species, *_change(old.get((year, species), 0.0), new.get((year, species), 0.0)))
        for year, species in sorted(old.keys() | new.keys())
    ]
    header = [say("column.year"), say("column.species"), f"{before} (t)", f"{after} (t)", say("diff.difference_t"), "%"]
    show_table(header, totals, title=say("title.totals"))
    tables = sorted(rows_a.keys() | rows_b.keys())
    counts = [(table, rows_a.get(table, 0), rows_b.get(table, 0)) for table in tables]
    changed = [(table, a, b, b - a) for table, a, b in counts if a != b]
    if changed:
        header = [say("diff.table"), before, after, say("diff.difference")]
        show_table(header, changed, title=say("diff.rows"))
    else:
        print(say("diff.same_rows"))


def rollback(
    release_id: Annotated[str, typer.Argument(metavar="ID", help="Release to make current again.")],
    home: HomeOption = DEFAULT_HOME,
    lang: LangOption = "en",
) -> None:
    """Make an earlier release current again, after its files were verified."""
    from pipelines.release import rollback as flip_back

    say = Messages(lang)
    before = flip_back(Home(home), release_id)
    print(say("rollback.done", release_id=release_id, before=before))


def _totals(con: duckdb.DuckDBPyConnection) -> dict[tuple[int, str], float]:
    from pipelines.report import totals

    return {(row["year"], row["species"]): row["mass_kg"] / TONNES for row in totals(con)}


def _change(old: float, new: float) -> tuple[float, float, float, float | None]:
    return old, new, new - old, (new - old) / old * 100 if old else None
