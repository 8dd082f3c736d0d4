"""Units: the factor from a unit as a feed spells it to the unit a contract asks for.

Here: the pint registry with the few spellings pint lacks. Not here: GWP (seed `gwp`, see `codes`), fuel
heat values.
"""

import re
from decimal import Decimal
from functools import cache
from typing import Any

from pint import UnitRegistry
from pint.errors import PintError

# pint reads kt as knot and knows no mmBtu (1e6 Btu, a US trade spelling); normal and standard m3 differ from
# m3 by their state only, which the contract column's description fixes.
DEFINITIONS = (
    "kilotonne = 1000 * metric_ton = kt",
    "mmBtu = 1e6 * Btu",
    "Nm3 = meter ** 3",
    "Sm3 = meter ** 3",
)


# Spellings come out of files: nothing goes to pint's parser that could be a formula.
SPELLING = re.compile(r"(\d+(\.\d+)?(e\d{1,2})? )?[A-Za-z_µμ°%][A-Za-z_µμ°%³23/· ]{0,30}|1")


class UnitUnknown(ValueError):
    """The spelling is no unit, or its dimension is not that of the target."""


@cache
def _registry() -> UnitRegistry:
    # Decimal keeps factors exact: 1 lb is 0.45359237 kg, not 0.4535923700000001.
    registry: UnitRegistry = UnitRegistry(non_int_type=Decimal)
    for definition in DEFINITIONS:
        registry.define(definition)
    return registry


def _quantity(spelling: str) -> Any:
    """`mg/m3`, `%` and `1e4 m3` as a pint quantity."""
    if not SPELLING.fullmatch(spelling.strip()):
        raise ValueError(spelling)
    text = re.sub(r"(?<![A-Za-z])([a-z]?m)[3³]", r"\1**3", spelling.strip()).replace("%", "percent")
    text = re.sub(r"^([\d.]+(?:e\d+)?)\s+(?=\S)", r"\1 * ", text)
    return _registry().Quantity(_registry().parse_expression(text))


@cache
def conversion(unit: str, target: str) -> tuple[float, float]:
    """(factor, offset): value in `target` = value in `unit` × factor + offset.

    Raises:
        UnitUnknown: the unit is unknown or its dimension is not that of the target.
    """
    if unit.strip() == target.strip():
        return 1.0, 0.0
    try:
        source, wanted = _quantity(unit), _quantity(target)

        def convert(value: int) -> Decimal:
            moved = _registry().Quantity(value * source.magnitude, source.units).to(wanted.units)
            return Decimal(moved.magnitude) / Decimal(wanted.magnitude)

        offset = convert(0)
        return float(convert(1) - offset), float(offset)
    except (PintError, ArithmeticError, AssertionError, AttributeError, TypeError, ValueError) as error:
        raise UnitUnknown(f"{unit} is no unit that converts to {target}") from error
