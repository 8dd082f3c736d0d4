"""Commands of the human queue: review export, import, list.

Here: arguments and display. Not here: the workbook and the decisions (`identity/`).
"""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.messages import Messages
from pipelines.cli.options import DEFAULT_HOME, HomeOption, LangOption, show_table
from pipelines.errors import UsageError
from pipelines.home import Home

review = typer.Typer(
    help="What no stage could settle: ask a person, record the answer; it holds from the next refresh on.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
DAY = "%Y-%m-%d"


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(review, name="review")


@review.command("export")
def export(
    output: Annotated[Path, typer.Option("-o", "--output", help="Workbook to write.")] = Path("review.xlsx"),
    decided: Annotated[bool, typer.Option("--decided", help="Also what was decided before, to correct it.")] = False,
    lang: LangOption = "en",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Write the open questions of the current release as a workbook, what most mass hangs on first."""
    from pipelines.identity.clerical.review import export_review
    from pipelines.release import open_release

    say = Messages(lang)
    if output.suffix.lower() != ".xlsx":
        raise UsageError(say("review.not_xlsx", file=output))
    with open_release(Home(home)) as release:
        counts = export_review(release.con, output, lang, decided)
    print(say("review.exported", file=output, release_id=release.release_id, **counts))


@review.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Filled-in workbook.")],
    reviewer: Annotated[str | None, typer.Option("--reviewer", help="Signs the rows that name nobody.")] = None,
    day: Annotated[
        datetime | None, typer.Option("--date", formats=[DAY], help="Day of the decisions (YYYY-MM-DD); else today.")
    ] = None,
    lang: LangOption = "en",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Record the verdicts of a workbook. All rows must be right, else none is recorded."""
    from pipelines.identity.clerical.decisions import add_decisions
    from pipelines.identity.clerical.review import read_review

    say, place = Messages(lang), Home(home)
    decided_on = day.date() if day else date.today()
    given = read_review(file, reviewer, decided_on, lang)
    added = add_decisions(place.decisions, given, lang)
    print(say("review.imported", added=len(added), known=len(given) - len(added), folder=place.decisions))


@review.command("list")
def list_(lang: LangOption = "en", home: HomeOption = DEFAULT_HOME) -> None:
    """Show every decision recorded in this home, oldest first; * marks those in effect."""
    from pipelines.identity.clerical.decision import words
    from pipelines.identity.clerical.decisions import by_day, decision_files, in_effect, read_decisions

    say, place = Messages(lang), Home(home)
    decisions = read_decisions(decision_files(place.decisions))
    held = set(in_effect(decisions))
    rows = [
        ("*" if d in held else "", str(d.decided_on), d.reviewer, str(d), words()[f"verdict.{d.verdict}"][lang], d.note)
        for d in sorted(decisions, key=by_day)
    ]
    if not rows:
        print(say("review.none", folder=place.decisions))
        return
    header = ("", *(say(f"review.column.{name}") for name in ("day", "reviewer", "subject", "verdict", "note")))
    show_table(header, rows)
