"""SQL expressions (DuckDB) that read one text: numbers, dates, literals.

Here: pure functions from text expression to value expression. A value expression is NULL where the text is
no such value; the caller tells that from an empty text. Not here: which column is read how (`compile`).
"""

import re
from collections.abc import Iterable

# Blank, tab, line breaks, no-break space, the full-width space of Chinese forms, zero-width space and mark.
WHITE = " \t\r\n\u00a0\u3000\u200b\ufeff"
DATE_FORMATS = {
    "date": ["%Y-%m-%d"],
    "timestamp": ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"],
}
# Day 0 of a spreadsheet's dates; 1900 counts a 29 February that never was, so March 1900 on is right.
SERIALS = {"excel_serial": "1899-12-30 00:00:00", "excel_serial_1904": "1904-01-01 00:00:00"}


def quote(text: str) -> str:
    """SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def name(text: str) -> str:
    """SQL identifier."""
    return '"' + text.replace('"', '""') + '"'


def in_list(expression: str, values: Iterable[str]) -> str:
    """`expression IN (…)` over text literals; false for no values."""
    literals = ", ".join(quote(value) for value in values)
    return f"{expression} in ({literals})" if literals else "false"


def cell(column: str, null: Iterable[str]) -> str:
    """Trimmed text of a cell; NULL if empty or one of the null spellings."""
    trimmed = f"nullif(trim({column}, {quote(WHITE)}), '')"
    spellings = list(null)
    return f"case when not {in_list(trimmed, spellings)} then {trimmed} end" if spellings else trimmed


def number(text: str, decimal: str = ".", thousands: str | None = None) -> str:
    """Finite DOUBLE of a text with this decimal mark and, if any, this thousands mark (groups of three)."""
    is_number, plain = f"not contains({text}, '_')", text  # DuckDB would read 1_000 as 1000
    if thousands:
        group = re.escape(thousands)
        pattern = rf"[+-]?([1-9]\d{{0,2}}({group}\d{{3}})+|\d+)({re.escape(decimal)}\d*)?"
        is_number = f"regexp_full_match({text}, {quote(pattern)})"
        plain = f"replace({text}, {quote(thousands)}, '')"
    elif decimal != ".":
        is_number = f"not contains({text}, '.') and {is_number}"
    if decimal != ".":
        plain = f"replace({plain}, {quote(decimal)}, '.')"
    value = f"try_cast({plain} as double)"
    return f"case when {is_number} and isfinite({value}) then {value} end"


def serial(text: str, origin: str) -> str:
    """TIMESTAMP of a spreadsheet's day number; the fraction is the time of day, to the nearest second."""
    seconds = f"cast(round(try_cast({text} as double) * 86400) as bigint)"
    return f"timestamp {quote(origin)} + to_seconds(case when {text} ~ '[0-9]{{1,6}}([.][0-9]+)?' then {seconds} end)"


def moment(text: str, formats: Iterable[str], kind: str) -> str:
    """DATE or TIMESTAMP of a text in one of the strptime formats, in the years 1900–2199 (17 is no year).

    `excel_serial` among the formats reads day numbers of a spreadsheet (`excel_serial_1904`: of the other count).
    """
    formats = list(formats)
    known = ", ".join(quote(format_) for format_ in formats if format_ not in SERIALS)
    # DuckDB 1.5.5 reads one byte beyond a text that ends before a format does, which may be a page it must not touch; a
    # blank at the end, which it skips, stands there instead.
    parts = [f"try_strptime({text} || ' ', [{known}])"] if known else []
    value = f"coalesce({', '.join(parts + [serial(text, SERIALS[f]) for f in formats if f in SERIALS])})"
    return f"cast(case when year({value}) between 1900 and 2199 then {value} end as {kind})"


def linear(value: str, factor: float, offset: float) -> str:
    """value × factor + offset, without the steps that change nothing."""
    scaled = value if factor == 1 else f"({value}) * {factor!r}::double"
    return scaled if offset == 0 else f"({scaled}) + {offset!r}::double"
