"""Factors: which code means which species or quantity, in which unit.

Here: reading the seed `hj212_factor` (codes of 2017 with those of 2005) and the factors between its units and those of
the hours. Not here: any code; any value.
"""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from pipelines.errors import UsageError

SEED = Path(__file__).parents[2] / "dbt_project" / "seeds" / "hj212_factor.csv"

# To mg/m3 and to kg. One per cent of CO2 by volume: see formulas.CO2_G_M3_PER_PERCENT.
CONCENTRATION = {"ng/m3": 1e-6, "ug/m3": 1e-3, "mg/m3": 1.0, "g/m3": 1e3}
MASS = {"mg": 1e-6, "g": 1e-3, "kg": 1.0, "t": 1e3}
FLOW = {"m3/s": 3600.0, "m3/h": 1.0, "m3/min": 60.0, "1e4 m3/h": 1e4, "L/s": 3.6}  # to m3/h


@dataclass(frozen=True)
class Factor:
    """A row of the seed. `code` may end in xx, for any two digits."""

    code: str
    code_2005: str
    species: str
    quantity: str
    conc_unit: str
    emission_unit: str


@cache
def read_factors(path: Path = SEED) -> tuple[Factor, ...]:
    """Rows of the seed, in file order."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        names = Factor.__dataclass_fields__
        return tuple(Factor(**{name: row[name] for name in names}) for row in csv.DictReader(file))


def find_factor(factors: Iterable[Factor], code: str) -> Factor | None:
    """The factor of a code of 2017 or 2005; None if nobody knows it."""
    for factor in factors:
        pattern = re.escape(factor.code).removesuffix("xx") + (r"\d\d" if factor.code.endswith("xx") else "")
        if code in (factor.code, factor.code_2005) or (factor.code.endswith("xx") and re.fullmatch(pattern, code)):
            return factor
    return None


def with_units(factors: Iterable[Factor], units: Mapping[str, str]) -> list[Factor]:
    """Factors with other units, as a feed's loggers send them: `{"a00000": "m3/h", "a21001": "mg/m3, kg"}`.

    Raises:
        UsageError: the code is unknown.
    """
    changed = {factor.code: factor for factor in factors}
    for code, text in units.items():
        if code not in changed:
            raise UsageError(f"No factor has the code {code}, for which units are given; use a code of the seed.")
        conc_unit, _, emission_unit = (part.strip() for part in text.partition(","))
        old = changed[code]
        changed[code] = replace(old, conc_unit=conc_unit, emission_unit=emission_unit or old.emission_unit)
    return list(changed.values())
