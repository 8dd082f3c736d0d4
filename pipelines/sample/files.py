"""Native files of the sample: workbooks as people fill them in, and CSV in GB18030 as platforms export it.

Here: bytes of a form or an export, the same for the same content. Not here: what stands in the tables.
"""

import io
from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.csv as pacsv
import xlsxwriter

from pipelines.sample import feed

CREATED = datetime(2000, 1, 1)  # a workbook says when it was made; here it never changes
TITLE_LINES = 1
HEADER_LINES = 2
FORM_LINES = TITLE_LINES + HEADER_LINES  # lines of a form above its first row

Header = Sequence[str | tuple[str, str]]  # a name over two lines, or a group (merged over its columns) and a name


def write_csv_gb18030(path: Path, columns: feed.Columns | pd.DataFrame) -> int:
    """Write columns as CSV in GB18030 with CRLF, as Windows exports do; return the number of rows.

    Values are those of `feed.write`: nan, None and "" are empty cells; texts are quoted where they must be.
    """
    table = feed.as_table(columns)
    data = io.BytesIO()
    pacsv.write_csv(table, data, pacsv.WriteOptions(quoting_style="needed"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.getvalue().decode("utf-8").replace("\n", "\r\n").encode("gb18030"))
    return int(table.num_rows)


def write_workbook(
    path: Path,
    sheet: str,
    title: str,
    headers: Header,
    rows: Sequence[Sequence[Any]],
    footer: Sequence[Sequence[Any]] = (),
) -> int:
    """Write a form: title (line 1), header (lines 2 and 3, groups merged), rows from line 4, footer lines.

    A cell is what its value is: text, number or date (a true date cell); None, nan and "" are empty.

    Args:
        headers: one entry per column: a name (merged over both lines) or (group, name).
        rows: cells in the order of `headers`.
        footer: lines below, such as ["合计", 12.5] or ["注：……"].

    Returns:
        Number of rows, without the footer.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(path, {"nan_inf_to_errors": False}) as book:
        book.set_properties({"created": CREATED, "title": title})
        page, day = book.add_worksheet(sheet), book.add_format({"num_format": "yyyy-mm-dd"})
        _merge(page, 0, 0, 0, len(headers) - 1, title)
        _write_header(page, headers)
        for number, row in enumerate([*rows, *footer], start=FORM_LINES):
            for column, cell in enumerate(row):
                if isinstance(cell, date):
                    page.write_datetime(number, column, datetime(cell.year, cell.month, cell.day), day)
                elif isinstance(cell, str):
                    page.write_string(number, column, cell) if cell else None
                elif cell is not None and cell == cell:
                    page.write_number(number, column, float(cell))
    return len(rows)


def _write_header(page: Any, headers: Header) -> None:
    """Two lines: equal groups side by side become one cell, a name without group spans both lines."""
    top, column = TITLE_LINES, 0
    pairs = [("", name) if isinstance(name, str) else name for name in headers]
    for group, members in groupby(pairs, key=lambda pair: pair[0]):
        names = [name for _, name in members]
        if group:
            _merge(page, top, column, top, column + len(names) - 1, group)
        for i, name in enumerate(names, start=column):
            if group:
                page.write_string(top + 1, i, name)
            else:
                _merge(page, top, i, top + 1, i, name)
        column += len(names)


def _merge(page: Any, top: int, left: int, bottom: int, right: int, text: str) -> None:
    if (top, left) == (bottom, right):
        page.write_string(top, left, text)
    else:
        page.merge_range(top, left, bottom, right, text)
