"""The configuration of linking, `linking.yaml`, read and checked.

Here: its shape. Not here: what a word of a stage means in SQL (`stages`), the section of the probabilistic stage
(`probabilistic` reads it as it stands).
"""

from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

FILE = Path(__file__).parent / "linking.yaml"
Word = Literal["permit", "register", "legal", "name", "county", "region_unknown", "together", "address", "near"]
Share = Field(ge=0, le=1)


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Stage(_Strict):
    """One exact stage: in what a record and a site must agree, and the score of the link."""

    method: Literal["code", "name_region", "name_near"]
    score: float = Share
    agree: tuple[Word, ...] = Field(min_length=1)
    reason: str


class Takeover(_Strict):
    """When a permit is the successor of another at the same stacks; metres and days."""

    score: float = Share
    stack_m: float
    place_m: float
    gap_days: int
    overlap_days: int


class Move(_Strict):
    """When a record has gone to another place."""

    moved_km: float


class Decide(_Strict):
    """What a probability leads to."""

    accept: float = Share
    margin: float = Share
    review: float = Share


class Linking(_Strict):
    """The whole file."""

    feed_order: tuple[str, ...]
    stages: tuple[Stage, ...]
    near_km: float
    takeover: Takeover
    move: Move
    decide: Decide
    probabilistic: dict[str, Any]
    largest_change: float = Share


@cache
def load_linking() -> Linking:
    """The configuration.

    Raises:
        ValidationError: a section or value is missing, unknown or out of range.
    """
    return Linking.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))
