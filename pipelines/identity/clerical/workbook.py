"""The review workbook: its two sheets, and writing them.

Here: which columns a person sees, in which order, width and form. Not here: reading the answers (`review`).

The first row of a sheet is hidden and holds the column names of the public table, so that a workbook is understood in
whatever language its visible header is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.contracts import load
from pipelines.identity.clerical.decision import CoordinateDecision, Decision, LinkDecision, words

HEADER_ROW = 1  # from 0; row 0 is the hidden one
ASKED = ("verdict", "reviewer", "note")  # what a person fills in


@dataclass(frozen=True)
class Sheet:
    """One sheet: the public table behind it, its columns with widths, and the decisions its rows become.

    `query` selects the rows of a release, the most important first; {name} becomes the language's column of names.
    `frozen` is the number of columns that stay in view.
    """

    name: str
    table: str
    kind: type[Decision]
    query: str
    open_status: str
    columns: Mapping[str, int]
    frozen: int
    editable: tuple[str, ...] = ASKED


SHEETS = (
    Sheet(
        "links", "link_candidate", LinkDecision,
        """
        select pair.* replace (
            left_region_code || coalesce(' ' || coalesce(a.{name}, a.{other}), '') as left_region_code,
            right_region_code || coalesce(' ' || coalesce(b.{name}, b.{other}), '') as right_region_code
        )
        from v1.link_candidate as pair
        left join v1.region as a on a.region_code = pair.left_region_code
        left join v1.region as b on b.region_code = pair.right_region_code
        where pair.status = 'open' or $with_decided
        order by pair.mass_share desc nulls last, pair.probability desc nulls last, left_feed, left_scheme, left_key,
            right_feed, right_scheme, right_key
        """,
        "open",
        {
            "verdict": 16, "left_name": 32, "right_name": 32, "probability": 11, "distance_km": 10, "evidence": 44,
            "left_legal_code": 22, "right_legal_code": 22, "left_address": 30, "right_address": 30,
            "left_region_code": 18, "right_region_code": 18, "left_industry_code": 10, "right_industry_code": 10,
            "left_lon_deg": 11, "left_lat_deg": 11, "right_lon_deg": 11, "right_lat_deg": 11,
            "left_rated_input_mw": 11, "right_rated_input_mw": 11, "species": 10, "mass_kg": 14, "mass_share": 11,
            "reviewer": 14, "note": 30, "left_feed": 12, "right_feed": 12, "left_scheme": 14, "left_key": 24,
            "right_scheme": 14, "right_key": 24,
        },
        3,
    ),
    Sheet(
        "coordinates", "coordinate_proposal", CoordinateDecision,
        """
        select proposal.* replace (
            proposal.region_code || coalesce(' ' || coalesce(region.{name}, region.{other}), '') as region_code
        ), proposed_lon_deg as lon_deg, proposed_lat_deg as lat_deg
        from v1.coordinate_proposal as proposal
        left join v1.region as region on region.region_code = proposal.region_code
        where proposal.status = 'proposed' or $with_decided
        order by proposal.distance_km desc nulls first, feed, scheme, record_key, given_lon_deg, given_lat_deg
        """,
        "proposed",
        {
            "verdict": 12, "record_name": 32, "kind": 30, "given_lon_deg": 12, "given_lat_deg": 12, "lon_deg": 12,
            "lat_deg": 12, "distance_km": 12, "residual_km": 12, "evidence": 50, "region_code": 18, "reviewer": 14,
            "note": 30, "feed": 12, "scheme": 14, "record_key": 24,
        },
        2,
        (*ASKED, "lon_deg", "lat_deg"),
    ),
)  # fmt: skip
NAMES_IN_CONTRACT = {"lon_deg": "proposed_lon_deg", "lat_deg": "proposed_lat_deg"}
FORMS = {
    "probability": "0.000",
    "mass_share": "0.00%",
    "mass_kg": "#,##0.0",
    "distance_km": "0.00",
    "residual_km": "0.00",
}


def write_sheet(book: Any, sheet: Sheet, rows: Sequence[Mapping[str, Any]], language: str) -> None:
    """Add the sheet with these rows to an open xlsxwriter workbook; header and choices in `language`."""
    page = book.add_worksheet(words()[f"sheet.{sheet.name}"][language])
    bold = {"bold": True, "text_wrap": True, "valign": "top", "border": 1, "font_color": "#FFFFFF"}
    given, asked = (book.add_format(bold | {"bg_color": color}) for color in ("#44546A", "#BF8F00"))
    names = list(sheet.columns)
    page.write_row(0, 0, names)
    page.set_row(0, None, None, {"hidden": True})
    page.set_row(HEADER_ROW, 48)
    for position, name in enumerate(names):
        page.set_column(position, position, sheet.columns[name])
        form = asked if name in sheet.editable else given
        page.write_string(HEADER_ROW, position, _header(sheet, name, language), form)
    forms = {form: book.add_format({"text_wrap": True, "valign": "top", "num_format": form}) for form in FORMS.values()}
    plain = book.add_format({"text_wrap": True, "valign": "top", "num_format": "General"})
    for number, row in enumerate(rows, HEADER_ROW + 1):
        for position, name in enumerate(names):
            value = _shown(sheet, name, row, language)
            form = forms.get(FORMS.get(name, ""), plain)
            if isinstance(value, float):
                page.write_number(number, position, value, form)
            else:  # always as text: a name that begins with = is no formula, a key keeps its leading zeros
                page.write_string(number, position, value or "", form)
    last = HEADER_ROW + max(len(rows), 1)
    choices = [words()[f"verdict.{verdict}"][language] for verdict in sheet.kind.VERDICTS]
    column = names.index("verdict")
    page.data_validation(HEADER_ROW + 1, column, last, column, {
        "validate": "list", "source": choices, "input_title": words()["column.verdict"][language],
        "input_message": words()[f"help.{sheet.name}"][language],
    })  # fmt: skip
    page.autofilter(HEADER_ROW, 0, last, len(names) - 1)
    page.freeze_panes(HEADER_ROW + 1, sheet.frozen)


def _header(sheet: Sheet, name: str, language: str) -> str:
    if f"column.{name}" in words():
        return words()[f"column.{name}"][language]
    column = load("public")[sheet.table].column(NAMES_IN_CONTRACT.get(name, name))
    unit = f" [{column.unit}]" if column.unit and column.unit != "1" else ""
    return getattr(column, language) + unit


def _shown(sheet: Sheet, name: str, row: Mapping[str, Any], language: str) -> Any:
    """The cell of a column; words for codes, the verdict of a row that was decided before."""
    if name == "verdict":
        return "" if row["status"] == sheet.open_status else words()[f"verdict.{row['status']}"][language]
    if name == "kind":
        return words()[f"kind.{row['kind']}"][language]
    return row[name]
