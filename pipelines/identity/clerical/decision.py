"""One decision of a person: which records are the same place, which coordinate repair holds. Dated and signed.

Here: the two kinds of decisions, reading one from the texts of a row, and what may be wrong with it. Not here: files,
tables, and which of several decisions is in effect (`decisions`).
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import yaml

from pipelines.errors import Told

OPEN = "open"  # takes an earlier decision back
DIGITS = 7  # of a coordinate in degrees, about a centimetre: a spreadsheet keeps no more than fifteen in all


@cache
def words() -> Mapping[str, Mapping[str, str]]:
    """Every text of the review (`review.yaml`): key to language to text."""
    return yaml.safe_load(Path(__file__).with_name("review.yaml").read_text(encoding="utf-8"))


class DecisionFault(Told):
    """What is wrong with one decision."""

    def template(self, language: str) -> str:
        return words()[f"fault.{self.key}"][language]


@dataclass(frozen=True)
class LinkDecision:
    """Two records, named by register and key, are the `same` place or `different` ones."""

    left_scheme: str
    left_key: str
    right_scheme: str
    right_key: str
    verdict: str
    reviewer: str
    decided_on: date
    note: str

    FILE: ClassVar[str] = "link_decision.csv"
    TABLE: ClassVar[str] = "decision"
    VERDICTS: ClassVar[tuple[str, ...]] = ("same", "different", OPEN)

    def __post_init__(self) -> None:
        if self.left == self.right:
            raise DecisionFault("one_record", record=" ".join(self.left))

    @property
    def left(self) -> tuple[str, str]:
        return self.left_scheme, self.left_key

    @property
    def right(self) -> tuple[str, str]:
        return self.right_scheme, self.right_key

    @property
    def subject(self) -> Hashable:
        """What is decided: the pair, whichever of the two stands first."""
        return frozenset((self.left, self.right))

    @property
    def answer(self) -> Hashable:
        """What was decided about it."""
        return self.verdict

    def __str__(self) -> str:
        return f"{' '.join(self.left)} / {' '.join(self.right)}"


@dataclass(frozen=True)
class CoordinateDecision:
    """A coordinate as given is to be replaced (`accepted`; empty: left out of use) or kept (`refused`); degrees."""

    feed: str
    scheme: str
    record_key: str
    given_lon_deg: float
    given_lat_deg: float
    lon_deg: float | None
    lat_deg: float | None
    kind: str
    verdict: str
    reviewer: str
    decided_on: date
    note: str

    FILE: ClassVar[str] = "coordinate_decision.csv"
    TABLE: ClassVar[str] = "coordinate_decision"
    VERDICTS: ClassVar[tuple[str, ...]] = ("accepted", "refused", OPEN)

    def __post_init__(self) -> None:
        if (self.lon_deg is None) != (self.lat_deg is None):
            raise DecisionFault("half_point")
        if abs(self.lon_deg or 0) > 180 or abs(self.lat_deg or 0) > 90:
            raise DecisionFault("no_point", lon=self.lon_deg, lat=self.lat_deg)

    @property
    def subject(self) -> Hashable:
        """What is decided: one coordinate as the feed gives it."""
        return self.feed, self.scheme, self.record_key, self.given_lon_deg, self.given_lat_deg

    @property
    def answer(self) -> Hashable:
        """What was decided about it."""
        return (self.verdict, self.lon_deg, self.lat_deg) if self.verdict == "accepted" else self.verdict

    def __str__(self) -> str:
        return f"{self.feed} {self.scheme} {self.record_key}"


Decision = LinkDecision | CoordinateDecision
KINDS: tuple[type[Decision], ...] = (LinkDecision, CoordinateDecision)
_MAY_BE_EMPTY = ("note", "lon_deg", "lat_deg")
# How a field of a type is read, and its type in a table.
READERS: dict[Any, tuple[Callable[[str], Any], pa.DataType]] = {
    str: (str, pa.string()),
    date: (date.fromisoformat, pa.date32()),
    float: (lambda text: round(float(text), DIGITS), pa.float64()),
    float | None: (lambda text: round(float(text), DIGITS), pa.float64()),
}


def parse(kind: type[Decision], row: Mapping[str, str | None]) -> Decision:
    """A decision from the texts of one row.

    Raises:
        DecisionFault: a cell is empty, unreadable or an unknown verdict, or the row makes no sense.
    """
    values: dict[str, Any] = {}
    for field in fields(kind):
        text = (row.get(field.name) or "").strip()
        if not text:
            if field.name not in _MAY_BE_EMPTY:
                raise DecisionFault("empty", column=field.name)
            values[field.name] = "" if field.type is str else None
            continue
        try:
            values[field.name] = READERS[field.type][0](text)
        except ValueError:
            raise DecisionFault("malformed", column=field.name, value=text) from None
    if values["verdict"] not in kind.VERDICTS:
        raise DecisionFault("verdict", value=values["verdict"], known=", ".join(kind.VERDICTS))
    return kind(**values)
