"""Waivers: dated, signed rows that let a failing check be published.

Here: reading `expectations/waivers.csv` and asking whether a row covers a check on a day. Not here: whether
a check failed. A check that did not run cannot be waived: nobody would know what they signed.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pipelines.errors import InventoryError

FIELDS = ("check_id", "who", "why", "valid_from", "valid_to")


@dataclass(frozen=True)
class Waiver:
    """One signed row; both days are included."""

    check_id: str
    who: str
    why: str
    valid_from: date
    valid_to: date


def load_waivers(path: Path) -> list[Waiver]:
    """The signed rows of a waiver file; an absent file holds none.

    Raises:
        InventoryError: a row is incomplete, or its days are no dates or in the wrong order.
    """
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        if tuple(reader.fieldnames or ()) != FIELDS:
            raise InventoryError(f"{path.name}: the header must be {','.join(FIELDS)}")
        return [_waiver(row, f"{path.name}, line {reader.line_num}") for row in reader]


def _waiver(row: dict[str, str | None], where: str) -> Waiver:
    values = {field: (row.get(field) or "").strip() for field in FIELDS}
    if absent := [field for field in FIELDS if not values[field]]:
        raise InventoryError(
            f"{where}: {absent[0]} is empty; a waiver names its check, signer, reason and both days"
        )
    try:
        first, last = date.fromisoformat(values["valid_from"]), date.fromisoformat(values["valid_to"])
    except ValueError as error:
        raise InventoryError(f"{where}: {error}; write days as YYYY-MM-DD") from error
    if last < first:
        raise InventoryError(f"{where}: valid_to lies before valid_from")
    return Waiver(values["check_id"], values["who"], values["why"], first, last)


def signer(waivers: Iterable[Waiver], check_id: str, on: date) -> str | None:
    """Who signed for this check on that day, or None."""
    for waiver in waivers:
        if waiver.check_id == check_id and waiver.valid_from <= on <= waiver.valid_to:
            return waiver.who
    return None
