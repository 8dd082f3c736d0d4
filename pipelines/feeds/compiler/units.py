"""Units: the factor from a unit as a feed spells it to the unit a contract asks for.

Here: the pint registry with the few spellings pint lacks. Not here: GWP (seed `gwp`, see `codes`), fuel
heat values.
"""

import re
import unicodedata
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

# Chinese words, longest first; 标 says that a volume is a standard one, which the contract's column says too.
WORDS = {
    "立方米": "m3", "毫克": "mg", "微克": "ug", "纳克": "ng", "千克": "kg", "公斤": "kg", "KG": "kg", "Kg": "kg",
    "克": "g", "吨": "t", "小时": "h", "时": "h", "分钟": "min", "秒": "s", "摄氏度": "degC", "千帕": "kPa", "帕": "Pa",
    "百万分之一": "ppm", "标准": "", "标态": "", "标干": "", "标": "",
}  # fmt: skip
TEN_THOUSAND = re.compile(r"[×xX*]?10(\^4|\*\*4|⁴)\s*|万")

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


@cache
def plain(spelling: str) -> str:
    """A unit as it is usually written: `mg/m3` of `毫克/立方米` and of `ｍｇ／Ｎm³`, `1e4 m3/h` of `万m3/h`."""
    text = unicodedata.normalize("NFKC", TEN_THOUSAND.sub("1e4 ", spelling.strip()))
    for word, symbol in WORDS.items():
        text = text.replace(word, symbol)
    return re.sub(r"/H$", "/h", re.sub(r"N?[mM]\^?3(?!\d)", "m3", text)).strip()


def _quantity(spelling: str) -> Any:
    """`mg/m3`, `%` and `1e4 m3` as a pint quantity."""
    spelling = plain(spelling)
    if not SPELLING.fullmatch(spelling):
        raise ValueError(spelling)
    text = re.sub(r"(?<![A-Za-z])([a-z]?m)[3³]", r"\1**3", spelling).replace("%", "percent")
    text = re.sub(r"^([\d.]+(?:e\d+)?)\s+(?=\S)", r"\1 * ", text)
    return _registry().Quantity(_registry().parse_expression(text))


@cache
def conversion(unit: str, target: str, per: str | None = None) -> tuple[float, float]:
    """(factor, offset): value in `target` (with `per`: in target per that unit) = value in `unit` × factor + offset.

    Raises:
        UnitUnknown: the unit is unknown or its dimension is not that of the target.
    """
    if per is None and unit.strip() == target.strip():
        return 1.0, 0.0
    try:
        source, wanted = _quantity(unit), _quantity(target) / _quantity(per) if per else _quantity(target)

        def convert(value: int) -> Decimal:
            moved = _registry().Quantity(value * source.magnitude, source.units).to(wanted.units)
            return Decimal(moved.magnitude) / Decimal(wanted.magnitude)

        offset = convert(0)
        return float(convert(1) - offset), float(offset)
    except (PintError, ArithmeticError, AssertionError, AttributeError, TypeError, ValueError) as error:
        raise UnitUnknown(f"{unit} is no unit that converts to {target}{f'/({per})' if per else ''}") from error
