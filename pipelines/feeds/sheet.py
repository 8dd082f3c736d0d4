"""Workbooks (xlsx, xlsm, xls): one sheet as text rows. Cells are read as data; formulas and macros are never run.

Here: cell values as the text a person would type, merged cells, header lines. Not here: archives (`archive`), what a
column means (`compile`).
"""

import io
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from pipelines.feeds.profile import Profile
from pipelines.feeds.rows import Source, data_rows, fill_right, has_full_width, join_header, table
from pipelines.feeds.sentences import Unreadable

Range = tuple[tuple[int, int], tuple[int, int]]  # first and last (row, column), from 0


def read_sheet(data: bytes, profile: Profile) -> Source:
    """Read one sheet of a workbook.

    Raises:
        Unreadable: no workbook, no such sheet, no header.
    """
    name, cells, merged = _cells(data, profile.sheet)
    top, first = profile.header_row - 1, profile.header_row - 1 + profile.header_lines
    upper = [[_text(cell) for cell in row] for row in cells[top:first]]
    if len(upper) < profile.header_lines or not any(upper[0]):
        raise Unreadable("sheet_header_empty", line=profile.header_row, sheet=name)
    if any(top <= first_cell[0] < first for first_cell, _ in merged):
        _fill(upper, merged, top)
    else:  # an export may draw merged cells without saying so
        fill_right(upper)
    header = join_header(upper)
    body = [[cell if type(cell) is str else _text(cell) for cell in row] for row in cells[first:]]
    down = {header.index(column) for column in profile.fill_merged if column in header}
    if down:
        _fill(body, [r for r in merged if r[0][1] == r[1][1] and r[0][1] in down], first)
    numbers = list(range(first + 1, first + 1 + len(body)))
    columns = [list(column) for column in zip(*body, strict=True)] if body else [[] for _ in header]
    source = data_rows(header, table(columns, numbers), [], profile)
    wide = any(has_full_width("".join(column).encode()) for column in columns)
    return replace(source, has_full_width=wide)


def _cells(data: bytes, sheet: str | None) -> tuple[str, list[list[Any]], list[Range]]:
    """Name of the sheet, its cells from A1 on, and its merged ranges."""
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        name = sheet or book.sheet_names[0]
        if name not in book.sheet_names:
            raise Unreadable("no_sheet", sheet=name, sheets=", ".join(book.sheet_names))
        page = book.get_sheet_by_name(name)
        # With the empty area kept, position in the list is row number in the sheet.
        return name, page.to_python(skip_empty_area=False), page.merged_cell_ranges or []
    except (CalamineError, OSError) as error:
        raise Unreadable("workbook", error=error) from error


def _fill(rows: list[list[str]], merged: list[Range], offset: int) -> None:
    """Write the text of a merged range into all its cells; `offset` is the sheet row of `rows[0]`."""
    for (top, left), (bottom, right) in merged:
        for r in range(max(top - offset, 0), min(bottom - offset + 1, len(rows))):
            if top >= offset:
                for c in range(left, min(right + 1, len(rows[r]))):
                    rows[r][c] = rows[top - offset][left]


def _text(cell: Any) -> str:
    """A cell as the text a person would type: 1005707.0 is the id 1005707, a date is ISO 8601."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return "" if cell is None else str(cell)
