"""Commands that look: check, query, hours, explain.

Here: arguments, output formats. Not here: reading of feeds (`feeds/`), the tree behind a figure (`report/`).
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.messages import Messages
from pipelines.cli.options import DEFAULT_HOME, HomeOption, LangOption, ReleaseOption, plain_console, show_table
from pipelines.errors import InventoryError, UsageError
from pipelines.home import Home

if TYPE_CHECKING:
    import pyarrow as pa

SHOWN_ROWS = 50
FORMATS = (".csv", ".parquet", ".xlsx")
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    for command in (check, query, hours, explain):
        app.command()(command)


def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Feed files.")],
    profile: Annotated[str | None, typer.Option("--profile", help="Profile to read them with; else guessed.")] = None,
    page: Annotated[int, typer.Option("--page", min=1, help="Which ten problems to show.")] = 1,
    lang: LangOption = "en",
    as_json: JsonOption = False,
) -> None:
    """Read feed files as the pipeline would and say what is wrong, by line, before they are handed in."""
    from pipelines.feeds.reading.check import check_file, lines

    worst: InventoryError | None = None
    answers: list[dict[str, Any]] = []
    for file in files:
        try:
            answers.append(check_file(file, profile, language=lang, page=page))
        except InventoryError as error:
            worst = worst if worst and worst.exit_code >= error.exit_code else error
            typer.echo(error.tell(lang), err=True)
            continue
        if not as_json:
            typer.echo("\n".join(lines(answers[-1], lang)))
    if as_json:
        shown = answers[0] if len(files) == 1 and answers else answers
        print(json.dumps(shown, ensure_ascii=False, indent=1, default=str))
    if worst:
        raise typer.Exit(worst.exit_code)


def query(
    sql: Annotated[
        str, typer.Argument(metavar="SQL", help="One statement; tables stand in schema v1 and by plain name.")
    ],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File to write: .csv, .parquet or .xlsx.")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    release_id: ReleaseOption = None,
    lang: LangOption = "en",
) -> None:
    """Read-only SQL on the current release, or an earlier one."""
    import duckdb

    from pipelines.release import open_release

    say = Messages(lang)
    _known_format(output, say)
    with open_release(Home(home), release_id) as release:
        release.con.execute("set enable_external_access = false")
        try:
            relation: Any = release.con.sql(sql)  # None for a statement without a result
        except duckdb.Error as error:
            raise UsageError(say("query.failed", error=" ".join(str(error).split()))) from error
        if relation is None:
            return
        table = relation.to_arrow_table()
    if output is not None:
        _write(table, output, say)
        print(say("query.written", rows=f"{table.num_rows:,}", file=output, release_id=release.release_id))
    elif plain_console().is_terminal:
        _show(table, say)
    else:
        _write_csv(table, None)


def hours(
    subject: Annotated[
        str, typer.Argument(metavar="SITE|SOURCE", help="Site id or name, or id of a source (330106:life).")
    ],
    species: Annotated[str, typer.Argument(help="Species code, e.g. NOx.")],
    period: Annotated[str, typer.Argument(help="Year or month: 2017, 2017-03.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File to write: .csv, .parquet or .xlsx.")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    release_id: ReleaseOption = None,
    lang: LangOption = "en",
) -> None:
    """Hours of a source: as monitored, else a proxy that draws the month after weekly and daily profiles."""
    from pipelines.release import open_release
    from pipelines.report.hours import hourly

    say = Messages(lang)
    _known_format(output, say)
    with open_release(Home(home), release_id) as release:
        table = hourly(release.con, subject, species, period)
    proxies = sum(table.column("is_proxy").to_pylist())
    if output is not None:
        _write(table, output, say)
        print(say("hours.written", rows=f"{table.num_rows:,}", file=output, release_id=release.release_id))
    elif plain_console().is_terminal:
        _show(table, say)
    else:
        _write_csv(table, None)
    if proxies:
        typer.echo(say("hours.proxy", rows=f"{proxies:,}", of=f"{table.num_rows:,}"), err=True)


def _known_format(output: Path | None, say: Messages) -> None:
    if output is not None and output.suffix.lower() not in FORMATS:
        raise UsageError(say("query.format", file=output.name, formats=", ".join(FORMATS)))


def _show(table: "pa.Table", say: Messages) -> None:
    shown = table.slice(0, SHOWN_ROWS).to_pylist()
    show_table(table.column_names, [list(row.values()) for row in shown])
    if table.num_rows > SHOWN_ROWS:
        print(say("query.first", rows=f"{table.num_rows:,}", shown=SHOWN_ROWS))


def _write(table: "pa.Table", output: Path, say: Messages) -> None:
    try:
        if output.suffix.lower() == ".parquet":
            import pyarrow.parquet as pq

            pq.write_table(table, output, compression="zstd")
        elif output.suffix.lower() == ".csv":
            _write_csv(table, output)
        else:
            _write_xlsx(table, output, say)
    except OSError as error:
        raise UsageError(say("query.unwritable", file=output, error=error.strerror or error)) from error


def _write_csv(table: "pa.Table", output: Path | None) -> None:
    import pyarrow as pa
    import pyarrow.csv as csv

    target = pa.BufferOutputStream()
    csv.write_csv(table, target)
    content = target.getvalue().to_pybytes()
    if output is None:
        typer.echo(content.decode("utf-8"), nl=False)
    else:
        output.write_bytes(content)


def _write_xlsx(table: "pa.Table", output: Path, say: Messages) -> None:
    import xlsxwriter

    if table.num_rows >= 1_048_576:
        raise UsageError(say("query.too_long", rows=f"{table.num_rows:,}"))
    with xlsxwriter.Workbook(str(output), {"default_date_format": "yyyy-mm-dd hh:mm", "remove_timezone": True}) as book:
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, table.column_names, book.add_format({"bold": True}))
        for position, column in enumerate(table.columns):
            sheet.write_column(1, position, [_cell(value) for value in column.to_pylist()])


def _cell(value: Any) -> Any:
    """What a spreadsheet cell can hold; anything else as text."""
    import datetime
    import math

    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    is_plain = value is None or isinstance(value, bool | int | float | str | datetime.date)
    return value if is_plain else str(value)


def explain(
    subject: Annotated[
        str, typer.Argument(metavar="SITE|SOURCE", help="Site id or name, or id of a source (330106:life).")
    ],
    species: Annotated[str, typer.Argument(help="Species code, e.g. NOx.")],
    period: Annotated[str, typer.Argument(help="Year or month: 2017, 2017-03.")],
    home: HomeOption = DEFAULT_HOME,
    release_id: ReleaseOption = None,
    lang: LangOption = "en",
    as_json: JsonOption = False,
) -> None:
    """The tree behind a figure: winner, losers with reasons, input rows down to file, sha256 and row."""
    from pipelines.release import open_release
    from pipelines.report import explain as explain_figure
    from pipelines.report.tree import draw

    say = Messages(lang)
    with open_release(Home(home), release_id) as release:
        explanation = explain_figure(release.con, subject, species, period)
    if as_json:
        print(json.dumps(explanation, ensure_ascii=False, indent=1, default=str))
    else:
        plain_console().print(draw(explanation, say))
