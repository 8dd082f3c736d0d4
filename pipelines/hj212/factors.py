"""Factors: which code means which species or quantity, in which unit.

Here: reading the seed `hj212_factor` (codes of 2017 with those of 2005) and the factors between its units and
those of the hours. Not here: any code; any value.
"""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from pipelines.errors import UsageError
from pipelines.hj212.formulas import percent_to_mg_m3, ppm_to_mg_m3

SEED = Path(__file__).parents[2] / "dbt_project" / "seeds" / "hj212_factor.csv"

# To mg/m3, kg and m3/h. Shares by volume (ppm, %) need the molar mass.
CONCENTRATION = {"ng/m3": 1e-6, "ug/m3": 1e-3, "mg/m3": 1.0, "g/m3": 1e3}
MASS = {"mg": 1e-6, "g": 1e-3, "kg": 1.0, "t": 1e3}
FLOW = {"m3/s": 3600.0, "m3/min": 60.0, "m3/h": 1.0, "1e4 m3/h": 1e4}
SHARE_MAX = {"ppm": 1e6, "%": 100.0}


@dataclass(frozen=True)
class Factor:
    """A row of the seed. `code` may end in xx, for any two digits."""

    code: str
    code_2005: str
    species: str
    part_of: str
    quantity: str
    molar_mass_g_mol: str
    conc_unit: str
    emission_unit: str

    def to_mg_m3(self) -> float:
        """Factor to mg/m3.

        Raises:
            UsageError: the unit is unknown, or a share by volume without molar mass.
        """
        if self.conc_unit in SHARE_MAX and self.molar_mass_g_mol:
            convert = ppm_to_mg_m3 if self.conc_unit == "ppm" else percent_to_mg_m3
            return convert(1.0, float(self.molar_mass_g_mol))
        return self._factor(CONCENTRATION, self.conc_unit)

    def to_m3_h(self) -> float:
        """Factor of a flow to m3/h.

        Raises:
            UsageError: the unit is unknown.
        """
        return self._factor(FLOW, self.conc_unit)

    def to_kg(self) -> float:
        """Factor of an amount to kg.

        Raises:
            UsageError: the unit is unknown.
        """
        return self._factor(MASS, self.emission_unit)

    def _factor(self, known: Mapping[str, float], unit: str) -> float:
        if unit not in known:
            raise UsageError(
                f"The unit {unit or '(none)'} of factor {self.code} is none of {', '.join(known)}; mend the units of "
                "the profile or the seed hj212_factor."
            )
        return known[unit]


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
