"""What several commands share: options, and tables on screen.

Here: the types of `--home` and `--lang`, consoles, a plain table. Not here: commands.
"""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

HomeOption = Annotated[Path, typer.Option("--home", envvar="FUSEDINV_HOME", help="Folder of the inventory.")]
LangOption = Annotated[
    str, typer.Option("--lang", envvar="FUSEDINV_LANG", help="Language of what is shown: en or zh.")
]
ReleaseOption = Annotated[
    str | None, typer.Option("--release", metavar="ID", help="Release to read; else the current one.")
]
DEFAULT_HOME = Path("data")


def console_beside_dagster() -> Console:
    """A console on a copy of stdout: Dagster redirects descriptor 1 during a run, the display must stay."""
    copy = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    console = Console(file=copy, highlight=False)
    return console if console.is_terminal else Console(file=copy, highlight=False, width=240)


def plain_console() -> Console:
    """Standard output; in a pipe or a file lines are not broken at 80 columns."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=240)


def show_table(
    header: Sequence[str],
    rows: Iterable[Sequence[Any]],
    console: Console | None = None,
    title: str | None = None,
) -> None:
    """Print rows as a table; numbers are aligned right, whatever is None stays blank.

    Only sentences are broken into lines, never a code or a number: rows too wide for the screen are shown one below
    the other, a line per column.
    """
    rows = list(rows)
    console = console or plain_console()
    table = Table(title=title, title_justify="left")
    least_width = 1
    for position, name in enumerate(header):
        texts = [name, *(_text(row[position]) for row in rows)]
        is_number = any(isinstance(row[position], int | float) for row in rows)
        is_sentence = any(" " in row[position] for row in rows if isinstance(row[position], str))
        table.add_column(name, justify="right" if is_number else "left", overflow="fold", no_wrap=not is_sentence)
        pieces = [word for text in texts for word in text.split()] if is_sentence else texts
        least_width += 3 + max(cell_len(piece) for piece in [*pieces, ""])
    if least_width > console.width:
        _show_records(header, rows, console, title)
        return
    for row in rows:
        table.add_row(*(Text(_text(value)) for value in row))
    console.print(table)


def _show_records(header: Sequence[str], rows: list[Sequence[Any]], console: Console, title: str | None) -> None:
    if title:
        console.print(Text(title, style="italic"))
    for row in rows:
        record = Table.grid(padding=(0, 2, 0, 0))
        for name, value in zip(header, row, strict=True):
            if value not in (None, ""):
                record.add_row(Text(name, style="bold"), Text(_text(value), overflow="fold"))
        console.print(record)
        console.print()


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.6g}" if abs(value) < 1 else f"{value:,.1f}"
    return str(value)
