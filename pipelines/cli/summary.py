"""What `refresh` says at the end.

Here: totals, checks, refused rows of the release just published, as read from it. Not here: any figure that
is not in the release.
"""

from typing import Any

from rich.console import Console

from pipelines.cli.messages import Messages
from pipelines.cli.options import show_table
from pipelines.home import Home
from pipelines.orchestration.run import Refresh
from pipelines.release import open_release
from pipelines.report import BASES, totals
from pipelines.report.rows import Row

CHECKS = """
    select count(*) filter (where has_passed) as passed,
           count(*) filter (where not has_passed and severity = 'critical' and waived_by is null) as failed,
           count(*) filter (where not has_passed and severity = 'warning') as warned,
           count(*) filter (where not has_passed and severity = 'critical' and waived_by is not null) as
           waived
    from audit_result
"""
REJECTED = "select reason_code, count(*) as rows from rejected_row where stage = 'raw' group by 1 order by 2 desc, 1"
READ = """
    select coalesce(sum(read_rows), 0), coalesce(sum(quarantined_rows), 0), coalesce(sum(notice_rows), 0),
           coalesce(bool_or(is_synthetic), false)
    from source_file
"""


def print_summary(console: Console, say: Messages, home: Home, outcome: Refresh) -> None:
    """Release id, totals per species (t), what they rest on (%), checks, refused rows by reason."""
    with open_release(home, outcome.release_id) as release:
        con = release.con
        found = totals(con)
        checks = _row(con, CHECKS)
        rejected = con.execute(REJECTED).fetchall()
        read, withheld, noticed, is_synthetic = con.execute(READ).fetchone() or (0, 0, 0, False)
    header = [
        say(f"column.{name}") for name in ("year", "species", "status", "tonnes", "uncertainty", "sites")
    ]
    figures = [
        (row["year"], row["species"], say(f"word.{row['status']}"), row["mass_kg"] / 1000, row["uncertainty_pct"],
         row["site_count"])
        for row in found
    ]  # fmt: skip
    show_table(header, figures, console, title=say("title.totals"))
    _print_evidence(console, say, found)
    if rejected:
        header = [say("column.reason"), say("column.rows")]
        show_table(header, rejected, console, title=say("title.rejected"))
    console.print(say("done.rejected", rows=sum(rows for _, rows in rejected), read=read), markup=False)
    if withheld:
        console.print(say("done.quarantined", rows=withheld), markup=False)
    if noticed:
        console.print(say("done.noticed", rows=noticed), markup=False)
    console.print(say("done.checks", **checks), markup=False)
    if is_synthetic:
        console.print(say("done.synthetic"), style="bold yellow", markup=False)
    path = home.releases / outcome.release_id
    line = say("done.published", release_id=outcome.release_id, seconds=outcome.seconds, path=path)
    console.print(line, style="bold green", markup=False)


def _print_evidence(console: Console, say: Messages, found: list[Row]) -> None:
    """The share of each total that rests on each kind of input, in percent."""
    header = [say("column.year"), say("column.species"), *(say(f"column.{basis}") for basis in BASES)]
    shares = [
        [row["year"], row["species"], *(round(100 * row[f"share_{basis}"], 1) for basis in BASES)] for row in found
    ]
    show_table(header, shares, console, title=say("title.evidence"))


def _row(con: Any, sql: str) -> dict[str, Any]:
    cursor = con.execute(sql)
    names = [column[0] for column in cursor.description]
    return dict(zip(names, cursor.fetchone(), strict=True))
