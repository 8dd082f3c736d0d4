"""Workbooks (xlsx, xlsm, xlsb, xls, ods): one sheet as text rows. Cells are data; formulas and macros are never run.

Here: cell values as the text a person would type, merged cells, header lines. Not here: archives (`archive`), what a
column means (`compile`).
"""

import io
from datetime import date, datetime, time
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from pipelines.feeds.formats.form import OLE
from pipelines.feeds.formats.rows import Malformed, Source, data_rows, fill_right, has_full_width, join_header, table
from pipelines.feeds.grammar.profile import Profile
from pipelines.feeds.sentences import Unreadable

LOCKED = "EncryptedPackage".encode("utf-16-le")  # stream of a workbook that is protected by a password
Range = tuple[tuple[int, int], tuple[int, int]]  # first and last (row, column), from 0


def read_sheet(data: bytes, profile: Profile, header_only: bool = False) -> Source:
    """Read one sheet of a workbook; with `header_only` no row is read.

    Raises:
        Unreadable: no workbook, no such sheet, no header.
    """
    top, first = profile.header_row - 1, profile.header_row - 1 + profile.header_lines
    name, cells, merged = _cells(data, profile.sheet, first if header_only else None)
    upper = [[_text(cell) for cell in row] for row in cells[top:first]]
    if len(upper) < profile.header_lines or not any(upper[0]):
        raise Unreadable("sheet_header_empty", line=profile.header_row, sheet=name)
    if any(top <= first_cell[0] < first for first_cell, _ in merged):
        _fill(upper, merged, top)
    else:  # an export may draw merged cells without saying so
        fill_right(upper)
    header = join_header(upper)
    if header_only:
        return Source(header, form="xlsx")
    body = [[cell if type(cell) is str else _text(cell) for cell in row] for row in cells[first:]]
    down = {header.index(column) for column in profile.fill_merged if column in header}
    if down:
        _fill(body, [r for r in merged if r[0][1] == r[1][1] and r[0][1] in down], first)
    numbers = list(range(first + 1, first + 1 + len(body)))
    columns = [list(column) for column in zip(*body, strict=True)] if body else [[] for _ in header]
    wide = any(has_full_width("".join(column).encode()) for column in columns)
    malformed: list[Malformed] = []
    return Source(header, data_rows([table(columns, numbers)], malformed, profile), malformed, wide, "xlsx")


def _cells(data: bytes, sheet: str | None, lines: int | None) -> tuple[str, list[list[Any]], list[Range]]:
    """Name of the sheet, its cells (of so many lines) from A1 on, and its merged ranges."""
    if data.startswith(OLE) and LOCKED in data:
        raise Unreadable("workbook_locked")
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        name = sheet or book.sheet_names[0]
        if name not in book.sheet_names:
            raise Unreadable("no_sheet", sheet=name, sheets=", ".join(book.sheet_names))
        page = book.get_sheet_by_name(name)
        # With the empty area kept, position in the list is row number in the sheet.
        return name, page.to_python(skip_empty_area=False, nrows=lines), page.merged_cell_ranges or []
    except PasswordError as error:
        raise Unreadable("workbook_locked") from error
    except (CalamineError, OSError) as error:
        raise Unreadable("workbook", error=error) from error
    except BaseException as error:  # the library panics on some damaged workbooks, with a class of its own
        if type(error).__name__ != "PanicException":
            raise
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
