"""The description of a province, read from `data/<territory>/`.

Here: reading and checking the tables. Not here: any knowledge of one province.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from pipelines.errors import UsageError

DATA = Path(__file__).parent / "data"
TABLES = (
    "abolished_codes",
    "area",
    "controls",
    "counties",
    "dust",
    "fuels",
    "industries",
    "outlets",
    "plants",
    "profiles",
    "registrations",
    "seasons",
)
_TEXT = (
    "code",
    "city_code",
    "successor",
    "industries",
    "word",
    "name",
    "product",
    "fuel",
    "treatment",
    "monitored",
    "status",
    "source",
    "note",
)


@dataclass(frozen=True)
class Territory:
    """Settings of `territory.yaml` and one data frame per CSV (codes are text)."""

    settings: dict[str, Any]
    tables: dict[str, pd.DataFrame]

    def __getitem__(self, table: str) -> pd.DataFrame:
        return self.tables[table]

    @property
    def counties(self) -> pd.DataFrame:
        return self.tables["counties"]


def load(code: str) -> Territory:
    """Read a province's description.

    Raises:
        UsageError: there is none for this code, or the shares of its plant kinds do not sum to 1.
    """
    folder = DATA / code
    if not (folder / "territory.yaml").is_file():
        known = ", ".join(sorted(p.name for p in DATA.iterdir() if p.is_dir()))
        raise UsageError(f"There is no sample province {code}; {DATA.name}/ describes {known}.")
    settings = yaml.safe_load((folder / "territory.yaml").read_text(encoding="utf-8"))
    tables = {name: _read(folder / f"{name}.csv") for name in TABLES}
    total = float(tables["plants"]["share"].sum())
    if abs(total - 1) > 1e-9:
        raise UsageError(f"{code}/plants.csv: the shares sum to {total:.4f}; they must sum to 1.")
    return Territory(settings, tables)


def _read(path: Path) -> pd.DataFrame:
    """A CSV with codes, names and notes kept as text."""
    frame = pd.read_csv(path, dtype=dict.fromkeys(_TEXT, "str"), encoding="utf-8")
    text = [c for c in frame.columns if c in _TEXT]
    frame[text] = frame[text].fillna("")
    return frame
