"""The review: open questions of a release as a workbook, and its answers read back as decisions.

Here: from release to workbook and from workbook to decisions. Not here: who is asked about what (`candidates`,
`coordinates`), the layout (`workbook`), where decisions are kept (`decisions`).
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook
from xlsxwriter.exceptions import FileCreateError

from pipelines.contracts import load
from pipelines.errors import UsageError
from pipelines.identity.clerical.decision import Decision, DecisionFault, parse, words
from pipelines.identity.clerical.workbook import HEADER_ROW, SHEETS, Sheet, write_sheet


def export_review(
    con: duckdb.DuckDBPyConnection, path: Path, language: str, with_decided: bool = False
) -> dict[str, int]:
    """Write the open questions of a release as a workbook, what most mass hangs on first.

    Args:
        con: read-only connection to a release's `warehouse.duckdb`.
        path: the .xlsx file to write.
        language: `en` or `zh`, of headers and choices.
        with_decided: also what was decided before, with its verdict, so that it can be corrected.

    Returns:
        Rows per sheet (`links`, `coordinates`).

    Raises:
        UsageError: the release is older than the review queue, or the file cannot be written.
    """
    name, other = ("name_zh", "name_en") if language == "zh" else ("name_en", "name_zh")
    try:
        rows = {
            sheet.name: con.execute(sheet.query.format(name=name, other=other), {"with_decided": with_decided})
            .to_arrow_table()
            .to_pylist()
            for sheet in SHEETS
        }
        with xlsxwriter.Workbook(str(path)) as book:
            for sheet in SHEETS:
                write_sheet(book, sheet, rows[sheet.name], language)
    except duckdb.CatalogException:
        raise UsageError(DecisionFault("no_queue").tell(language)) from None
    except (OSError, FileCreateError) as error:
        raise UsageError(DecisionFault("unwritable", file=path, error=error).tell(language)) from error
    return {name: len(found) for name, found in rows.items()}


def read_review(path: Path, reviewer: str | None, decided_on: date, language: str = "en") -> list[Decision]:
    """The decisions of a filled-in workbook; rows without a verdict are left open.

    Args:
        path: a workbook that `export_review` wrote.
        reviewer: who signs rows that name nobody.
        decided_on: the day of the decisions.
        language: of the sentences.

    Raises:
        UsageError: no such workbook, or rows that cannot be taken; every one is listed and none is taken.
    """
    found: list[Decision] = []
    refused: list[str] = []
    tables = _tables(path, language)
    if not tables:
        raise UsageError(DecisionFault("no_sheet", file=path).tell(language))
    for sheet, title, cells in tables:
        names = [str(cell) for cell in cells[0]]
        for number, values in enumerate(cells[HEADER_ROW + 1 :], HEADER_ROW + 2):
            row = dict(zip(names, map(_text, values), strict=False))
            if not row.get("verdict"):
                continue
            try:
                found.append(_decision(sheet, row, reviewer, decided_on))
            except DecisionFault as fault:
                says = fault.tell(language)
                refused.append(DecisionFault("row", sheet=title, row=number, says=says).tell(language))
    if refused:
        head = DecisionFault("refused", file=path, count=len(refused)).tell(language)
        raise UsageError("\n".join([head, *refused]))
    return found


def _decision(sheet: Sheet, row: dict[str, str], reviewer: str | None, decided_on: date) -> Decision:
    row["reviewer"] = row.get("reviewer") or reviewer or ""
    if not row["reviewer"]:
        raise DecisionFault("reviewer")
    verdicts = _codes("verdict", sheet.kind.VERDICTS)
    kinds = _codes("kind", load("public")["coordinate_proposal"].column("kind").values or ())
    row["verdict"] = verdicts.get(row["verdict"].casefold(), row["verdict"])
    row["kind"] = kinds.get(row.get("kind", "").casefold(), row.get("kind", ""))
    return parse(sheet.kind, row | {"decided_on": decided_on.isoformat()})


def _codes(group: str, codes: Sequence[str]) -> dict[str, str]:
    """Each code by its word in any language, and by itself."""
    return {word.casefold(): code for code in codes for word in (code, *words()[f"{group}.{code}"].values())}


def _tables(path: Path, language: str) -> list[tuple[Sheet, str, list[list[Any]]]]:
    """The sheets of a review in a workbook, with their titles and cells from A1 on."""
    try:
        book = CalamineWorkbook.from_path(str(path))
        pages = {title: book.get_sheet_by_name(title).to_python(skip_empty_area=False) for title in book.sheet_names}
    except (CalamineError, OSError) as error:
        raise UsageError(DecisionFault("no_workbook", file=path, error=error).tell(language)) from error
    return [
        (sheet, title, cells)
        for title, cells in pages.items()
        for sheet in SHEETS
        if cells and set(sheet.columns) <= {str(cell) for cell in cells[0]}
    ]


def _text(cell: Any) -> str:
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return str(cell).strip()
