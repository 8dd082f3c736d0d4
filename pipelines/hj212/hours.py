"""Hours: records of any period to rows in the shape of the raw contract `monitoring__hour`.

Here: units by the factor table, gas state, parts to their whole (NO to NOx), mass where the logger sends
none. Not here: how records become wide hours (`wide`), formulas (`formulas`), acceptance and filling
(`monitoring/`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipelines import contracts
from pipelines.hj212 import formulas
from pipelines.hj212.factors import Factor
from pipelines.hj212.reader import TelegramResult
from pipelines.hj212.wide import ABOVE, STATE, meaning_of, widen
from pipelines.hj212.words import say

TABLE = "monitoring__hour"
CONC, KG, FLAG = "_mg_m3", "_kg", "_flag"
COLUMN_OF = {
    "flow": "flow_m3_h",
    "oxygen": "oxygen_pct",
    "temperature": "temperature_c",
    "moisture": "moisture_pct",
}
FAULT = {"row_no": pa.int64(), "line_no": pa.int64(), "column_name": pa.string(), "value": pa.string(),
         "reason_code": pa.string(), "message": pa.string()}  # fmt: skip

Numbers = dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class GasState:
    """How a feed's loggers measure; the contract wants dry gas in the standard state.

    Never set a correction that the logger makes itself: it would count twice.
    """

    flow: Literal["standard", "working"] = "standard"
    flow_moisture: Literal["dry", "wet"] = "dry"
    gas: Literal["standard", "working"] = "standard"
    gas_moisture: Literal["dry", "wet"] = "dry"
    ambient_kpa: float = formulas.STANDARD_KPA  # where no record gives it


@dataclass(frozen=True)
class Hours:
    """`table`: the columns of the contract, then row_no (the frame) and line_no, by monitor and hour.

    `faults`: values left out of an hour, each with frame, column, value, reason and cure. An hour stays an
    hour without them, so they are no rejects.
    """

    table: pa.Table
    faults: pa.Table


def to_hours(
    source: TelegramResult | pa.Table,
    factors: Iterable[Factor],
    *,
    scheme: str = "CN-CEMS",
    state: GasState | None = None,
) -> Hours:
    """Hours of the records.

    Hour records (CN 2061) count as they stand. Where a logger sends none of a code for an hour, the hour is
    made of its minute records (2051), else of its real-time records (2011): the mean of the normal ones, with
    the flag N if at least 75 % of them are normal and at least 45 minutes are valid, else D (HJ 212-2017, HJ
    75-2017). DataTime is the start. Mass is the logger's own (-Cou); where it sends none, concentration x
    flow x 1e-6.

    Args:
        source: what `read_telegrams` gave, or its records.
        factors: codes and units (`read_factors`, `with_units`).
        scheme: platform that the logger numbers belong to.
        state: state of the gas that the values refer to (dry, standard, if none is given).

    Raises:
        UsageError: a unit of a used factor is unknown.
    """
    con, factors = _connection(source), list(factors)
    columns = [column.name for column in contracts.load("raw")[TABLE].columns]
    species = [name.removesuffix(CONC) for name in columns if name.endswith(CONC)]
    codes = con.execute("select distinct code from record order by code").fetchall()
    meaning, targets = meaning_of(factors, [code for (code,) in codes], species)
    con.register("meaning", meaning)
    has_bounds = meaning["value_max"].null_count < meaning.num_rows
    wide = widen(con, targets, any(target.name == STATE for target in targets), has_bounds)
    faults = con.sql(ABOVE).to_arrow_table().cast(pa.schema(FAULT.items()))
    return _finish(wide, [t.name for t in targets], species, factors, faults, scheme, state or GasState())


def _connection(source: TelegramResult | pa.Table) -> duckdb.DuckDBPyConnection:
    """A connection with the relations `record` and `frame`."""
    if isinstance(source, TelegramResult):
        return source.con
    con = duckdb.connect()
    con.register("given", source)
    con.execute("""create temp view record as select frame_no, code, avg, cou, flag, text from given;
                   create temp view frame as
                   select distinct frame_no, line_no, mn, cn, data_time, 'rows' as outcome from given""")
    return con


def _finish(
    wide: pa.Table, targets: list[str], species: list[str], factors: list[Factor], faults: pa.Table, scheme: str,
    state: GasState,
) -> Hours:  # fmt: skip
    """Gas state, parts, mass, bounds, and the columns of the contract."""
    value = {t: _numbers(wide, t, "value") for t in targets if t != STATE}
    amount = {t: _numbers(wide, t, "amount") for t in value if f"{t}_amount" in wide.column_names}
    flag: dict[str, pa.ChunkedArray] = {t: wide[f"{t}_flag"] for t in amount}
    nothing = np.full(wide.num_rows, np.nan)
    _to_dry_standard(value, species, factors, state, nothing)
    _add_parts(value, amount, flag, factors)

    table: dict[str, Any] = {COLUMN_OF[t]: value[t] for t in COLUMN_OF if t in value}
    flow = value.get("flow", nothing)
    for one in species:
        if one in value:
            table[one + CONC] = value[one]
            computed = formulas.mass_rate_kg_h(value[one], flow)
            table[one + KG] = np.where(np.isnan(amount[one]), computed, amount[one])
            table[one + FLAG] = flag[one]
    fixed = {
        "scheme": pa.repeat(scheme, wide.num_rows),
        "monitor_key": wide["mn"],
        "hour_start": wide["hour_start"],
    }
    if STATE in targets:
        fixed[STATE] = wide[f"{STATE}_state"]
    return _shape(table, fixed, wide, faults)


def _numbers(wide: pa.Table, target: str, part: str) -> NDArray[np.float64]:
    return wide[f"{target}_{part}"].to_numpy(zero_copy_only=False).astype(float)


def _to_dry_standard(
    value: Numbers, species: list[str], factors: list[Factor], state: GasState, nothing: NDArray[np.float64]
) -> None:
    moisture, temperature = value.get("moisture", nothing), value.get("temperature", nothing)
    static = value.get("static_pressure", nothing)
    ambient = np.nan_to_num(value.get("ambient_pressure", nothing), nan=state.ambient_kpa)
    if "flow" in value:
        if state.flow == "working":
            value["flow"] = formulas.standard_flow(value["flow"], temperature, static, ambient)
        if state.flow_moisture == "wet":
            value["flow"] = formulas.dry_flow(value["flow"], moisture)
    gases = {*species, *(f.species.lower() for f in factors if f.part_of)} & value.keys()
    for gas in sorted(gases):
        if state.gas == "working":
            value[gas] = formulas.standard_concentration(value[gas], temperature, static, ambient)
        if state.gas_moisture == "wet":
            value[gas] = formulas.dry_concentration(value[gas], moisture)
    if state.gas_moisture == "wet" and "oxygen" in value:
        value["oxygen"] = formulas.dry_concentration(value["oxygen"], moisture)


def _add_parts(value: Numbers, amount: Numbers, flag: dict[str, pa.ChunkedArray], factors: list[Factor]) -> None:
    """Where a species is not measured itself, the sum of its parts, each expressed as the whole (NOx from NO
    and NO2)."""
    for whole in sorted({f.part_of for f in factors if f.part_of}):
        as_mass = next(float(f.molar_mass_g_mol) for f in factors if f.species == whole)
        parts = {f.species.lower(): float(f.molar_mass_g_mol) for f in factors if f.part_of == whole}
        parts = {part: mass for part, mass in parts.items() if part in value}
        if not parts:
            continue
        key = whole.lower()
        for kept in (value, amount):
            summed = np.stack([formulas.as_species(kept[part], mass, as_mass) for part, mass in parts.items()])
            total = np.where(np.isnan(summed).all(axis=0), np.nan, np.nansum(summed, axis=0))
            kept[key] = np.where(np.isnan(kept[key]), total, kept[key]) if key in kept else total
        flags = [flag[key].to_numpy()] if key in flag else []
        flag[key] = pa.chunked_array([_worst([*flags, *(flag[part].to_numpy() for part in parts)], bool(flags))])


def _worst(flags: list[NDArray[np.object_]], has_whole: bool) -> pa.Array:
    """The whole's own flag where it has one; else the first flag of its parts that is not N, else N."""
    worst = np.full(len(flags[0]), None, object)
    for part in flags[has_whole:]:
        worst = np.where((worst == None) | (worst == "N"), np.where(part == None, worst, part), worst)  # noqa: E711
    if has_whole:
        worst = np.where(flags[0] == None, worst, flags[0])  # noqa: E711
    return pa.array(worst, pa.string())


def _shape(table: dict[str, Any], fixed: dict[str, Any], wide: pa.Table, faults: pa.Table) -> Hours:
    """The contract's columns; values below the contract's minimum leave their hour."""
    contract = contracts.load("raw")[TABLE]
    schema = contracts.arrow_schema(contract)
    found, columns = [faults], []
    for column in contract.columns:
        kind = schema.field(column.name).type
        if column.name in table and column.type == "double":
            values = np.where(np.isfinite(table[column.name]), table[column.name], np.nan)
            if column.min is not None and len(low := np.flatnonzero(values < column.min)):
                found.append(_faults(wide, low, column.name, values[low], float(column.min)))
                values[low] = np.nan
            columns.append(pa.array(values, kind, mask=np.isnan(values)))
        else:
            given = fixed.get(column.name, table.get(column.name))
            columns.append(given.cast(kind) if given is not None else pa.nulls(wide.num_rows, kind))
    fields = [schema.field(column.name).with_metadata(None) for column in contract.columns]
    shaped = pa.table(columns, schema=pa.schema(fields))
    for name in ("row_no", "line_no"):
        shaped = shaped.append_column(name, wide[name])
    return Hours(shaped, pa.concat_tables(found).sort_by([("row_no", "ascending"), ("column_name", "ascending")]))


def _faults(wide: pa.Table, at: NDArray[np.int64], column: str, values: NDArray[np.float64], low: float) -> pa.Table:
    place = pa.array(at)
    return pa.table({
        "row_no": wide["row_no"].take(place), "line_no": wide["line_no"].take(place),
        "column_name": pa.repeat(column, len(at)), "value": pa.array([f"{v:.6g}" for v in values]),
        "reason_code": pa.repeat("out_of_band", len(at)),
        "message": pa.repeat(say("too_low", low=f"{low:g}"), len(at)),
    }, schema=pa.schema(FAULT.items()))  # fmt: skip
