"""Commands for running the system: serve, doctor, sample, score.

Here: arguments and display. Not here: the synthetic province (`sample/`), the comparison (`report/`).
"""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.messages import Messages, catalogue
from pipelines.cli.options import DEFAULT_HOME, HomeOption, LangOption, show_table
from pipelines.errors import UsageError
from pipelines.home import Home


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    for command in (serve, doctor, sample, score):
        app.command()(command)


def serve(
    home: HomeOption = DEFAULT_HOME,
    feeds: Annotated[
        Path | None, typer.Option(envvar="FUSEDINV_FEEDS", help="Feed set of the scheduled runs.")
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port of the web page.")] = 3000,
) -> None:
    """Dagster's web page and daemon on this home."""
    from pipelines.orchestration.instance import prepare

    place = prepare(Home(home))
    os.environ["FUSEDINV_HOME"] = str(place.root)
    if feeds is not None:
        os.environ["FUSEDINV_FEEDS"] = str(feeds.absolute())
    command = [sys.executable, "-m", "dagster", "dev", "--module-name", "pipelines.orchestration.definitions"]
    os.execv(sys.executable, [*command, "--host", host, "--port", str(port)])


def doctor(
    home: HomeOption = DEFAULT_HOME,
    lang: LangOption = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False,
) -> None:
    """Versions, disk, locks, stale work files, schedule state."""
    from pipelines.cli.health import examine

    say = Messages(lang)
    findings = examine(Home(home), say)
    if as_json:
        print(json.dumps([finding.__dict__ for finding in findings], ensure_ascii=False, indent=1))
        return
    rows = []
    for found in findings:
        key = f"doctor.topic.{found.topic}"  # packages keep their names
        topic = say(key) if key in catalogue() else found.topic
        rows.append((topic, say(f"doctor.state.{found.state}"), found.detail))
    show_table([say(f"doctor.column.{name}") for name in ("topic", "state", "detail")], rows)


def sample(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write the province into.")],
    sites: Annotated[int, typer.Option(min=1, help="Number of sites.")] = 200,
    months: Annotated[int, typer.Option(min=1, help="Number of months.")] = 12,
    seed: Annotated[int, typer.Option(help="The same seed gives the same province.")] = 2025,
    years: Annotated[int, typer.Option(min=1, help="Number of years; later years have the same plants.")] = 1,
    through: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM", help="The last year is unfinished: feeds up to this month, no yearly forms."),
    ] = None,
    lang: LangOption = "en",
) -> None:
    """Write the synthetic province in the real file formats, with its known truth in truth/."""
    from pipelines.sample import write_province

    say = Messages(lang)
    write_province(directory, sites=sites, months=months, seed=seed, years=years, through=through)
    span = say("sample.months", months=months) if years == 1 else say("sample.years", years=years)
    span += say("sample.through", through=through) if through else ""
    print(say("sample.written", folder=directory, sites=sites, span=span, seed=seed))


def score(
    sample_dir: Annotated[
        Path, typer.Argument(metavar="SAMPLE_DIR", help="Folder that `fusedinv sample` wrote.")
    ],
    home: HomeOption = DEFAULT_HOME,
    lang: LangOption = "en",
) -> None:
    """Fused totals of the current release against the sample's known truth, beside three naive ways."""
    from pipelines.release import open_release
    from pipelines.report import score as compare
    from pipelines.report.score import markdown

    say = Messages(lang)
    if not (sample_dir / "truth").is_dir():
        raise UsageError(say("score.no_truth", folder=sample_dir))
    with open_release(Home(home)) as release:
        print(markdown(compare(release.con, sample_dir)))
