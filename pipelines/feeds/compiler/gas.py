"""Gas: what a concentration, an amount or a flow needs to become what a contract column holds.

Here: shares by volume to mg/m3, one gas as another, HJ 212 codes to quantity and unit, and the corrections to the dry
standard state. Every formula is one of `pipelines.hj212.formulas`. Not here: other units (`units`), how a cell is read
(`cells`).
"""

from collections.abc import Callable, Sequence
from typing import Any

from pipelines.contracts import Column
from pipelines.errors import UsageError
from pipelines.feeds.compiler import units
from pipelines.feeds.compiler.plan import Resolved
from pipelines.feeds.grammar.profile import Profile
from pipelines.hj212 import COLUMN_OF, Factor, find_factor, formulas, read_factors, with_units

SHARES: dict[str, Callable[[float, float], float]] = {
    "ppm": formulas.ppm_to_mg_m3,
    "%": formulas.percent_to_mg_m3,
}
BETWEEN = "\x1f"  # code and unit of a row as one text
QUANTITY_OF = {column: quantity for quantity, column in COLUMN_OF.items()}
CONDITION_UNITS = {"temperature_c": "degC", "moisture_pct": "%", "static_kpa": "kPa", "ambient_kpa": "kPa"}


def conversion(unit: str, target: str, gas: str = "", as_gas: str = "") -> tuple[float, float]:
    """(factor, offset) from a unit to the contract's, of a gas and expressed as another one.

    Raises:
        UnitUnknown: the unit does not convert to the target.
        UsageError: no factor has the molar mass of the gas.
    """
    share = SHARES.get(units.plain(unit))
    if gas and share and target == "mg/m3":
        factor, offset = share(1.0, molar_mass(gas)), 0.0
    else:
        factor, offset = units.conversion(unit, target)
    return (formulas.as_species(factor, molar_mass(gas), molar_mass(as_gas)) if as_gas else factor), offset


def molar_mass(gas: str) -> float:
    """Molar mass in g/mol from the seed `hj212_factor`.

    Raises:
        UsageError: the seed gives none.
    """
    found = [float(f.molar_mass_g_mol) for f in read_factors() if f.species == gas and f.molar_mass_g_mol]
    if not found:
        raise UsageError(f"The profile names the gas {gas}, of which the seed hj212_factor knows no molar mass.")
    return found[0]


def read_by_code(profile: Profile, column: Column) -> Callable[[str], Resolved]:
    """How a row's code (and the unit beside it, if any) is read for a column of a long table.

    A text column takes the HJ 212 code itself. A number takes the factor and offset to its unit, or nothing where
    the code means something else. NO and NO2 come out as NO2 (HJ 76-2017).

    Raises:
        UsageError: a unit that the profile or the seed gives a code does not convert.
    """
    known = read_factors()
    given = {code: unit for code, unit in profile.units.items() if any(f.code == code for f in known)}
    factors = with_units(known, given)

    def resolve(text: str) -> Resolved:
        name, _, unit = text.partition(BETWEEN)
        factor = find_factor(factors, profile.codes.get(name, name))
        if factor is None:
            return None
        if column.type == "text":
            return factor.code, None
        own = _own_unit(factor, column)
        if not own or column.unit is None:
            return (None, None)
        whole = next((f.species for f in factors if f.species == factor.part_of), "")
        try:
            return conversion(profile.units.get(unit, unit) or own, column.unit, _with_mass(factor), whole)
        except units.UnitUnknown as error:
            if unit:
                return None
            raise UsageError(f"Factor {factor.code}: {error}; mend `units` of the profile.") from error

    return resolve


def _own_unit(factor: Factor, column: Column) -> str:
    """Unit of the code's values for this column; empty if the code means something else."""
    if column.name in QUANTITY_OF:
        return factor.conc_unit if factor.quantity == QUANTITY_OF[column.name] else ""
    return (factor.emission_unit if column.unit == "kg" else factor.conc_unit) if factor.species else ""


def _with_mass(factor: Factor) -> str:
    return factor.species if factor.molar_mass_g_mol else ""


class Term:
    """SQL that grows by arithmetic: the formulas on numbers and arrays give the same formula as SQL."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __mul__(self, other: Any) -> "Term":
        return Term(f"({self.text} * {_text(other)})")

    def __truediv__(self, other: Any) -> "Term":
        return Term(f"({self.text} / {_text(other)})")

    def __add__(self, other: Any) -> "Term":
        return Term(f"({self.text} + {_text(other)})")

    def __radd__(self, other: Any) -> "Term":
        return Term(f"({_text(other)} + {self.text})")

    def __rsub__(self, other: Any) -> "Term":
        return Term(f"({_text(other)} - {self.text})")


def _text(value: Any) -> str:
    return value.text if isinstance(value, Term) else f"{float(value)!r}::double"


def dry_standard(value: str, column: Column, state: Sequence[str], condition: Callable[[str], str]) -> str:
    """SQL of a flow, concentration or share of oxygen in the dry standard state (HJ 212-2017 appendix D).

    Args:
        value: SQL of the value as given.
        column: contract column; its unit says which of the three it is.
        state: "working" (not in the standard state), "wet", or both.
        condition: SQL of a condition by its name in `CONDITION_UNITS`.

    Raises:
        UsageError: the column is none of the three.
    """
    term: Any = Term(value)
    standard: Callable[..., Any] = formulas.standard_concentration
    dry: Callable[..., Any] = formulas.dry_concentration
    if column.unit == "m3/h":
        standard, dry = formulas.standard_flow, formulas.dry_flow
    elif column.unit not in ("mg/m3", "%"):
        raise UsageError(f"The profile gives {column.name} a `state`, which only flow, concentration and oxygen have.")
    if "working" in state and column.unit != "%":
        term = standard(term, *(Term(condition(name)) for name in ("temperature_c", "static_kpa", "ambient_kpa")))
    if "wet" in state:
        term = dry(term, Term(condition("moisture_pct")))
    return str(term.text)
