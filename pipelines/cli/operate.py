"""Commands for running the system: serve, doctor, sample, score.

Here: arguments and display. Not here: the synthetic province (`sample/`), the comparison (`report/`).
"""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.options import DEFAULT_HOME, HomeOption, show_table
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
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False,
) -> None:
    """Versions, disk, locks, stale work files, schedule state."""
    from pipelines.cli.health import examine

    findings = examine(Home(home))
    if as_json:
        print(json.dumps([finding.__dict__ for finding in findings], ensure_ascii=False, indent=1))
        return
    rows = [(finding.topic, finding.state, finding.detail) for finding in findings]
    show_table(("topic", "state", "detail"), rows)


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
) -> None:
    """Write the synthetic province in the real file formats, with its known truth in truth/."""
    from pipelines.sample import write_province

    write_province(directory, sites=sites, months=months, seed=seed, years=years, through=through)
    time = f"{months} months" if years == 1 else f"{years} years" + (f" through {through}" if through else "")
    print(f"Synthetic province written: {directory} ({sites} sites, {time}, seed {seed}).")


def score(
    sample_dir: Annotated[
        Path, typer.Argument(metavar="SAMPLE_DIR", help="Folder that `fusedinv sample` wrote.")
    ],
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Fused totals of the current release against the sample's known truth, beside three naive ways."""
    from pipelines.release import open_release
    from pipelines.report import score as compare
    from pipelines.report.score import markdown

    if not (sample_dir / "truth").is_dir():
        raise UsageError(f"{sample_dir} has no truth/ folder; name a folder that `fusedinv sample` wrote.")
    with open_release(Home(home)) as release:
        print(markdown(compare(release.con, sample_dir)))
