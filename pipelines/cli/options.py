"""What several commands share: options, and tables on screen.

Here: the types of `--home` and `--lang`, consoles, a plain table. Not here: commands.
"""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

HomeOption = Annotated[Path, typer.Option("--home", envvar="FUSEDINV_HOME", help="Folder of the inventory.")]
LangOption = Annotated[
    str, typer.Option("--lang", envvar="FUSEDINV_LANG", help="Language of what is shown: en or zh.")
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
    """Print rows as a table; numbers are aligned right, whatever is None stays blank."""
    rows = list(rows)
    console = console or plain_console()
    table = Table(title=title, title_justify="left")
    for position, name in enumerate(header):
        is_number = any(isinstance(row[position], int | float) for row in rows)
        table.add_column(name, justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_text(value)) for value in row))
    console.print(table)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.6g}" if abs(value) < 1 else f"{value:,.1f}"
    return str(value)
