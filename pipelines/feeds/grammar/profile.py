"""Profiles: how one agency's file maps onto the raw contracts, as checked YAML.

Here: the shape of a profile (`docs/profiles.md` explains every key to its writer). Not here: finding one by
name (`catalogue`), reading files (`reader`) or turning a profile into SQL (`compile`).
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipelines import contracts
from pipelines.codes import GRAMMARS
from pipelines.hj212 import GasState

Form = Literal["csv", "xlsx", "dbf"]  # xlsx stands for every workbook: xlsx, xlsm, xlsb, xls, ods
Feed = Literal["permit", "statistics", "monitoring"]
Scalar = str | int | float | bool
OneOrMany = str | list[str]
Filter = dict[str, Scalar | list[Scalar]]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, coerce_numbers_to_str=True)


class Gwp(_Strict):
    """CO2 equivalents to mass of the gas: divide by this set's GWP of this species (seed `gwp`)."""

    set: str
    species: str


class Lookup(_Strict):
    """A name in the file to a code of a seed: `by` is the seed column that holds the name."""

    seed: str
    by: str
    code: str | None = None  # the seed's first column unless named
    where: dict[str, str] = {}
    drop: list[str] = []  # words that are left out of both names before they are compared


class Spec(_Strict):
    """Where one contract column comes from and how its text is read."""

    source: OneOrMany | None = Field(default=None, alias="from")
    join: str = ""
    sum: list["str | Spec"] | None = None  # the numbers of several columns added up; empty cells add nothing
    optional: bool = False  # the file may lack the column; it then reads as empty
    constant: Scalar | None = None
    default: Scalar | None = None
    null: list[str] = []
    format: OneOrMany | None = None
    unit: str | None = None
    unit_from: str | None = None
    unit_in_header: bool = False  # the header names the unit in brackets; `unit` counts where it names none
    gas: str | None = None  # of a concentration: shares by volume (ppm, %) become mg/m3 by its molar mass
    as_gas: str | None = None  # … expressed as this gas (NO as NOx)
    state: list[Literal["working", "wet"]] = []  # what the value is not yet: standard, dry (see Profile.conditions)
    code_from: str | None = None  # column of the row's HJ 212 code, which says what a value is and in which unit
    times: OneOrMany | None = None
    gwp: Gwp | None = None
    otherwise: "Spec | None" = None  # of a number: read this where there is none
    map: dict[str, str | None] | None = None
    ignore_case: bool = False
    lookup: Lookup | None = None
    grammar: str | None = None  # what the text must be spelt like, and its check digits
    on_fault: Literal["reject", "mark"] = "reject"  # of a grammar: refuse the row, or keep it with a notice
    fallback: list[str] = []  # columns that make the value where the text is empty, malformed or shared by rows

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, data: Any) -> Any:
        return {"from": data} if isinstance(data, str) else data

    @model_validator(mode="after")
    def _grammar_is_known(self) -> "Spec":
        if self.grammar is None:
            if self.fallback or self.on_fault != "reject":
                raise ValueError("`on_fault` and `fallback` go with `grammar`")
        elif self.grammar not in GRAMMARS:
            raise ValueError(f"{self.grammar} is no grammar; known are {', '.join(GRAMMARS)}")
        elif self.source is None or self.map is not None or self.lookup:
            raise ValueError("`grammar` reads a text of `from`, without `map` and `lookup`")
        return self

    @model_validator(mode="after")
    def _one_origin(self) -> "Spec":
        is_code = self.code_from is not None and self.source is None
        if [self.source is None, self.sum is None, self.constant is None, not is_code].count(False) != 1:
            raise ValueError("needs one of `from`, `sum`, `constant` and `code_from`")
        if self.map is not None and self.lookup:
            raise ValueError("`map` and `lookup` exclude each other")
        return self


class Melt(_Strict):
    """One of the rows a wide row becomes: constants in `set`, cells in `columns`."""

    set: dict[str, Scalar] = {}
    columns: dict[str, Spec] = {}


def _write_out(item: Any) -> list[dict[str, Any]]:
    """A melt item with `by` (contract column -> {constant: source column}) as one item per source column.

    `value` is the contract column the cells go to, with how they are read. A `gwp`
    without species takes the item's.
    """
    if not isinstance(item, dict):
        raise ValueError("a melt item is a mapping with `set` and `columns`, or with `by` and `value`")
    rows = [{key: item[key] for key in item if key not in ("by", "value")}]
    if "by" in item or "value" in item:
        by, value = item.get("by"), item.get("value")
        if not (isinstance(by, dict) and isinstance(value, dict) and len(by) == len(value) == 1):
            raise ValueError("`by` and `value` of a melt item name one contract column each")
        (column, sources), (target, spec) = *by.items(), *value.items()
        rows = [
            {
                "set": {**item.get("set", {}), column: constant},
                "columns": {**item.get("columns", {}), target: {**(spec or {}), "from": source}},
            }
            for constant, source in sources.items()
        ]
    for row in rows:
        for spec in row.get("columns", {}).values():
            if isinstance(spec, dict) and isinstance(spec.get("gwp"), dict):
                spec["gwp"] = {"species": row.get("set", {}).get("species"), **spec["gwp"]}
    return rows


class Table(_Strict):
    """What the file gives to one raw contract."""

    table: str
    columns: dict[str, Spec] = {}
    melt: list[Melt] = []
    distinct: bool = False
    ignore_conflicts: list[str] = []
    only_if: OneOrMany = []
    drop_null: list[str] = []

    @model_validator(mode="before")
    @classmethod
    def _long_form(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("melt"), list):
            return {**data, "melt": [row for item in data["melt"] for row in _write_out(item)]}
        return data

    @model_validator(mode="after")
    def _fits_contract(self) -> "Table":
        contract = contracts.load("raw").get(self.table)
        if contract is None or not contract.provenance:
            raise ValueError(f"{self.table} is no raw contract")
        known = {column.name for column in contract.columns}
        rows = [{*self.columns, *item.set, *item.columns} for item in self.melt] or [set(self.columns)]
        used = set().union(*rows, self.ignore_conflicts, self.drop_null)
        if unknown := sorted(used - known):
            raise ValueError(f"{unknown[0]} is no column of {self.table}")
        for column in contract.columns:
            groups = [self.columns, *(item.columns for item in self.melt)]
            specs = [group[column.name] for group in groups if column.name in group]
            if column.type != "text" and any(spec.grammar for spec in specs):
                raise ValueError(f"{self.table}.{column.name} is no text, so it has no grammar")
            if column.required and (missing := [row for row in rows if column.name not in row]):
                raise ValueError(f"{self.table}.{column.name} is required, but {len(missing)} item(s) do not set it")
        return self


class Bound(_Strict):
    """Plausible range of a source column, or of one column (or product) over another."""

    column: str | None = None
    ratio: tuple[OneOrMany, OneOrMany] | None = None
    min: float | None = None
    max: float | None = None

    @model_validator(mode="after")
    def _one_subject(self) -> "Bound":
        if (self.column is None) == (self.ratio is None) or (self.min is None and self.max is None):
            raise ValueError("needs either `column` or `ratio`, and `min` or `max`")
        return self


class Check(_Strict):
    """Parts of a row against the total that the row itself states; the tolerance is relative."""

    sum: list[str] = Field(min_length=1)
    equals: str | None = None
    at_most: str | None = None
    tolerance: float = Field(default=0.01, ge=0)
    unless: dict[str, str] = {}  # source column -> regular expression
    reason: str = "out_of_band"

    @model_validator(mode="after")
    def _one_total(self) -> "Check":
        if (self.equals is None) == (self.at_most is None):
            raise ValueError("needs either `equals` or `at_most`")
        return self


class Conditions(_Strict):
    """Source columns with the state of the gas, for values that are not yet dry and standard (see `Spec.state`)."""

    temperature_c: Spec | None = None
    moisture_pct: Spec | None = None
    static_kpa: Spec | None = None
    ambient_kpa: Spec | None = None


class Telegrams(_Strict):
    """The section `telegrams` of a profile: HJ 212 logs.

    Attributes:
        scheme: platform that the logger numbers belong to.
        units: unit of a factor code where the loggers of this feed send another than the standard's.
        gas_state: state of flow and gas where it is not dry and standard (see `GasState`).
    """

    scheme: str
    units: dict[str, str] = {}
    gas_state: GasState = GasState()


class Profile(_Strict):
    """One agency's file."""

    feed: Feed
    description: str = ""
    format: Form | None = None  # told by the content unless named
    encoding: str = "utf-8"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quote: str | None = Field(default='"', min_length=1, max_length=1)
    decimal: str = Field(default=".", min_length=1, max_length=1)
    thousands: str | None = Field(default=None, min_length=1, max_length=1)
    header_row: int = Field(default=1, ge=1)
    header_lines: int = Field(default=1, ge=1, le=5)
    skip_footer: int = Field(default=0, ge=0)
    stop_at: list[str] = []  # a row that begins with one of these ends the table
    fill_merged: list[str] = []  # columns whose cells are merged downwards
    sheet: str | None = None
    null: list[str] = []
    units: dict[str, str] = {}  # spelling in the file -> unit expression; HJ 212 code -> its units in this file
    aliases: dict[str, list[str]] = {}  # column -> other names it has in files of this kind, the best first
    codes: dict[str, str] = {}  # name of a factor in the file -> HJ 212 code
    conditions: Conditions = Conditions()
    where: Filter = {}
    telegrams: Telegrams | None = None  # an HJ 212 log; it has no columns, so it names no tables
    tables: list[Table] = []
    bounds: list[Bound] = []
    checks: list[Check] = []

    @model_validator(mode="after")
    def _feeds_agree(self) -> "Profile":
        if (self.telegrams is None) == (not self.tables):
            raise ValueError("needs either `tables` or `telegrams`")
        for table in self.tables:
            feed = contracts.load("raw")[table.table].feed
            if feed not in (self.feed, "all"):
                raise ValueError(f"{table.table} belongs to the feed {feed}, the profile to {self.feed}")
        if len({table.table for table in self.tables}) < len(self.tables):
            raise ValueError("a raw table is named twice; use `melt` to write several rows to it")
        return self


def many(value: OneOrMany | None) -> list[str]:
    """A list of names, whether a profile gives none, one or several."""
    return [] if value is None else [value] if isinstance(value, str) else list(value)


def column_specs(profile: Profile) -> list[Spec]:
    """Every description of a column, with those inside sums and alternatives."""
    groups = [group for t in profile.tables for group in (t.columns, *(item.columns for item in t.melt))]
    waiting = [spec for group in groups for spec in group.values()]
    waiting += [spec for _, spec in profile.conditions if spec is not None]
    found: list[Spec] = []
    while waiting:
        found.append(spec := waiting.pop(0))
        waiting += [part for part in spec.sum or [] if isinstance(part, Spec)]
        waiting += [spec.otherwise] if spec.otherwise else []
    return found


def needed_columns(profile: Profile, where: Filter | None = None) -> list[str]:
    """Source columns that the file must have, in the order of the profile."""
    found: list[str] = [*profile.where, *(where or {}), *profile.fill_merged]
    for table in profile.tables:
        found += many(table.only_if)
    for spec in column_specs(profile):
        if not spec.optional:
            found += [*many(spec.source), *(part for part in spec.sum or [] if isinstance(part, str))]
            found += [*many(spec.code_from or spec.unit_from), *many(spec.times), *spec.fallback]
    for bound in profile.bounds:
        found += [*many(bound.column), *(c for side in bound.ratio or () for c in many(side))]
    for check in profile.checks:
        found += [*check.sum, *many(check.equals), *many(check.at_most), *check.unless]
    return list(dict.fromkeys(found))
