"""Amounts: how a number of a contract column is read, and how it comes into the contract's unit.

Here: sums, alternatives, products, units of a cell, of a row, of the header and of a code. Not here: texts, dates and
codes (`columns`), the conversions themselves (`units`, `gas`).
"""

from collections.abc import Callable
from typing import Any

from pipelines import contracts
from pipelines.contracts import Column
from pipelines.errors import UsageError
from pipelines.feeds import codes
from pipelines.feeds.compiler import angles, gas, units
from pipelines.feeds.compiler import expressions as sql
from pipelines.feeds.compiler.cells import Cells
from pipelines.feeds.compiler.plan import Resolved, Resolver
from pipelines.feeds.grammar.profile import Spec, many
from pipelines.feeds.sentences import Unreadable

FaultOf = Callable[..., None]  # books a fault: key, condition, shown text, column, fields of the sentence


def number(cells: Cells, column: Column, spec: Spec, text: str, fault: FaultOf) -> str:
    """SQL of a numeric contract column; its faults are booked with `fault`."""
    value = _amount(cells, column, spec, text, fault)
    if spec.gwp:
        value = f"{value} / {codes.gwp(spec.gwp.species, spec.gwp.set)!r}::double"
        value = cells.value(value)
    limits = [
        (f"{value} {sign} {limit!r}", cells.say(f"limit.{word}", limit=f"{limit:g}"))
        for limit, sign, word in ((column.min, "<", "min"), (column.max, ">", "max"))
        if limit is not None
    ]
    if limits:
        unit = f" {column.unit}" if column.unit and column.unit != "1" else ""
        words = cells.say("limit.and").join(words for _, words in limits) + unit
        fault("out_of_band", " or ".join(condition for condition, _ in limits), limits=words)
    return value


def _amount(cells: Cells, column: Column, spec: Spec, text: str, fault: FaultOf) -> str:
    """Number in the contract's unit, of this description or of the one that stands in for it."""
    if spec.sum:
        numbers = (
            cells.source_number(part, spec.null) if isinstance(part, str) else _other(cells, column, part, fault)
            for part in spec.sum
        )
        parts = " + ".join(f"coalesce({number}, 0)" for number in numbers)
        value = cells.value(f"case when {text} is not null then {parts} end")
    else:
        value = cells.number(text)
        if column.unit == "degree":
            value = cells.value(f"coalesce({value}, {angles.degrees(text)})")
    whole = f" or {value} <> floor({value})" if column.type == "int" else ""
    fault(
        "number_malformed.whole" if whole else "number_malformed",
        f"{text} is not null and ({value} is null{whole})",
        decimal=cells.profile.decimal,
    )
    for other in many(spec.times):
        value = f"{value} * {cells.source_number(other)}"
    value = cells.value(_in_contract_unit(cells, column, spec, value, text, fault))
    if spec.state:
        value = cells.value(gas.dry_standard(value, column, spec.state, lambda name: _condition(cells, name, fault)))
    if spec.otherwise:
        value = cells.value(f"coalesce({value}, {_other(cells, column, spec.otherwise, fault)})")
    return value


def _other(cells: Cells, column: Column, spec: Spec, fault: FaultOf) -> str:
    """Amount of a description inside another one."""
    if spec.constant is not None:
        return cells.constant(column, spec.constant)
    text, shown = cells.text(spec), cells.shown(spec)

    def fault_of_it(key: str, condition: str, show: str = text, at: str = shown, **fields: Any) -> None:
        fault(key, condition, show, at, **fields)

    return _amount(cells, column, spec, text, fault_of_it)


def _condition(cells: Cells, name: str, fault: FaultOf) -> str:
    spec = getattr(cells.profile.conditions, name)
    if spec is None:
        raise UsageError(f"The profile gives a column a `state`, but no {name} under `conditions`.")
    column = Column(name=name, type="double", unit=gas.CONDITION_UNITS[name], en=name, zh=name)
    return _other(cells, column, spec, fault)


def _in_contract_unit(cells: Cells, column: Column, spec: Spec, value: str, text: str, fault: FaultOf) -> str:
    if spec.code_from:
        return _in_unit_by_code(cells, column, spec, value, text, fault)
    if not spec.unit and not spec.unit_from:
        return value
    if column.unit_of:
        return _in_unit_of_code(cells, column, spec, value, text, fault)
    if not column.unit:
        raise UsageError(f"The profile gives {cells.table}.{column.name} a unit, but the contract has none there.")
    target, as_gas = column.unit, (spec.gas or "", spec.as_gas or "")
    in_header = cells.file.units.get(many(spec.source)[0]) if spec.unit_in_header else None
    if unit := in_header or spec.unit:
        try:
            return sql.linear(value, *gas.conversion(cells.profile.units.get(unit, unit), target, *as_gas))
        except units.UnitUnknown as error:
            if in_header:
                raise Unreadable("header_unit", column=cells.shown(spec), unit=unit, target=target) from error
            raise UsageError(f"Profile, {cells.table}.{column.name}: {error}.") from error

    def resolve(spelling: str) -> Resolved:
        try:
            return gas.conversion(cells.profile.units.get(spelling, spelling), target, *as_gas)
        except units.UnitUnknown:
            return None

    unit_text = cells.text(Spec(source=spec.unit_from))
    resolver = cells.resolver(("unit", spec.unit_from, target), Resolver("", unit_text, resolve))
    fault(
        "unit_unknown",
        f"{text} is not null and {resolver.alias}_k is null",
        unit_text,
        spec.unit_from,
    )
    return f"({value}) * cast({resolver.alias}_v as double) + {resolver.alias}_w"


def _in_unit_by_code(cells: Cells, column: Column, spec: Spec, value: str, text: str, fault: FaultOf) -> str:
    """Value in the contract's unit where the row's HJ 212 code means what the column holds, else nothing."""
    key = cells.text(Spec(source=spec.code_from))
    if spec.unit_from and (has_unit := spec.unit_from in cells.header):
        unit_text = cells.text(Spec(source=spec.unit_from))
        key = f"({key} || {sql.quote(gas.BETWEEN)} || coalesce({unit_text}, ''))"
    kind = gas.QUANTITY_OF.get(column.name, column.unit)  # columns of one kind share the small table of factors
    resolver = cells.resolver(("factor", key, kind), Resolver("", key, gas.read_by_code(cells.profile, column)))
    if spec.unit_from and has_unit:
        fault("unit_unknown", f"{text} is not null and {resolver.alias}_k is null", unit_text, spec.unit_from)
    return f"({value}) * cast({resolver.alias}_v as double) + cast({resolver.alias}_w as double)"


def _in_unit_of_code(cells: Cells, column: Column, spec: Spec, value: str, text: str, fault: FaultOf) -> str:
    """Value in the unit that the row's code has in its code table: tonnes of coal, 1e4 m3 of gas."""
    coded = contracts.load("raw")[cells.table].column(column.unit_of or "")
    rows = {next(iter(row.values())): row["unit"] for row in codes.seed(coded.codes or "")}
    if (code_spec := cells.row_specs.get(coded.name)) is None:
        raise UsageError(f"The profile gives {cells.table}.{column.name} a unit, but no {coded.name} beside it.")
    target, per_unit = (column.unit or "").removesuffix("/unit"), bool(column.unit)
    is_constant = code_spec.constant is not None
    code_of = (lambda text: (text, None)) if is_constant else cells.code(coded, code_spec)
    code_text = sql.quote(str(code_spec.constant)) if is_constant else cells.text(code_spec)
    unit_text = sql.quote(spec.unit) if spec.unit else cells.text(Spec(source=spec.unit_from))

    def resolve(pair: str) -> Resolved:
        spelling, _, name = pair.partition("\x1f")
        unit_of_code = rows.get(str(found[0])) if (found := code_of(name)) else None
        try:
            known = cells.profile.units.get(spelling, spelling)
            return units.conversion(known, *((target, unit_of_code) if per_unit else (unit_of_code or "",)))
        except units.UnitUnknown:
            return None

    pair = f"({unit_text} || chr(31) || {code_text})"
    resolver = cells.resolver(("unit_of", pair, target), Resolver("", pair, resolve))
    shown = spec.unit_from or " + ".join(many(spec.source))
    fault("unit_unknown", f"{text} is not null and {resolver.alias}_k is null", unit_text, shown)
    return f"({value}) * cast({resolver.alias}_v as double) + {resolver.alias}_w"
