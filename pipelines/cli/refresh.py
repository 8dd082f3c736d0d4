"""The command `refresh`: from the feeds to a published release.

Here: arguments, the live display, the summary at the end. Not here: the run itself (`orchestration/run.py`).
"""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.messages import Messages
from pipelines.cli.options import DEFAULT_HOME, HomeOption, LangOption, console_beside_dagster
from pipelines.cli.progress import StageDisplay
from pipelines.errors import FeedUnreadable, GateRefused, InventoryError
from pipelines.home import Home


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command()(refresh)


def refresh(
    feeds: Annotated[
        Path | None,
        typer.Option(
            envvar="FUSEDINV_FEEDS", help="Feed set: a folder with feeds.yaml, or a YAML file. [HOME/sample]"
        ),
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    year: Annotated[list[int] | None, typer.Option("--year", help="Only this year; may be repeated.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Build again even if nothing changed.")] = False,
    lang: LangOption = "en",
) -> None:
    """Full refresh: read the feeds, fuse, pass the gates, publish a release.

    Files that cannot be read are listed at the end (exit code 4); the release rests on the others.
    """
    from pipelines.orchestration.arrival import default_feeds
    from pipelines.orchestration.run import refresh as run_refresh

    say = Messages(lang)
    place = Home(home).ensure()
    feed_set = feeds or default_feeds(place)
    console = console_beside_dagster()
    display = StageDisplay(console, say, say("title.refresh", feed_set=feed_set))
    try:
        with display:
            outcome = run_refresh(place, feed_set, year or [], force, display)
    except InventoryError as error:
        told = _with_stage(error, display, say)
        raise InventoryError(told, error.exit_code, zh=told) from error
    if outcome.is_new:
        from pipelines.cli.summary import print_summary

        print_summary(console, say, place, outcome)
    else:
        console.print(say("done.unchanged", release_id=outcome.release_id), markup=False)
    from pipelines.cli.unreadable import print_unreadable, unreadable
    from pipelines.release.manifest import read

    if files := unreadable(read(place.releases / outcome.release_id)):
        print_unreadable(console, say, place, files)
        raise typer.Exit(FeedUnreadable.EXIT_CODE)


def _with_stage(error: InventoryError, display: StageDisplay, say: Messages) -> str:
    sentence, stage = error.tell(say.language), display.failed_stage()
    if stage is None:
        return sentence
    key = "refused.gate" if error.exit_code == GateRefused.EXIT_CODE else "refused.broken"
    return f"{sentence}\n{say(key, stage=say(f'stage.{stage}'))}"
