"""The shape of a contract file, and the reading of it.

Here: pydantic models of `tables/<layer>/<table>.yaml`, with `for_each` column groups written out. Not here:
anything derived from a contract (the sibling modules).
"""

from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipelines.errors import InventoryError

TABLES = Path(__file__).parent / "tables"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C: every command reads all contracts
Layer = Literal["raw", "public"]
ColumnType = Literal["text", "int", "double", "date", "timestamp", "bool"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(_Strict):
    """The same sentence in English and Chinese."""

    en: str = Field(min_length=1)
    zh: str = Field(min_length=1)

    def __str__(self) -> str:
        return f"{self.en} | {self.zh}"


class Column(_Strict):
    """One column. `codes` names the reference table whose key the values come from.

    `unit_of` names the column of the row whose code has the unit (column `unit` of its code table): amounts of fuel in
    the fuel's unit. With `unit: X/unit` the unit is X per that unit.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    type: ColumnType
    required: bool = False
    unit: str | None = None
    unit_of: str | None = None
    min: float | None = None
    max: float | None = None
    values: tuple[str, ...] | None = None
    codes: str | None = None
    en: str = Field(min_length=1)
    zh: str = Field(min_length=1)

    @property
    def comment(self) -> str:
        """English and Chinese meaning, with the unit in brackets where the column has one."""
        return f"{self.en} | {self.zh}" + (f" [{self.unit}]" if self.unit else "")


PROVENANCE = tuple(
    Column.model_validate(column)
    for column in yaml.load((Path(__file__).parent / "provenance.yaml").read_text(encoding="utf-8"), LOADER)
)


class Contract(_Strict):
    """One table: grain, key, columns. Raw tables also carry `PROVENANCE` unless `provenance` is false.

    `materialized` says how dbt builds a public table; `none`: it is written outside dbt. `seed` names the
    dbt seed that a reference table shows.
    """

    table: str
    layer: Layer
    feed: Literal["permit", "statistics", "monitoring", "all"] | None = None
    grain: Text
    description: Text
    key: tuple[str, ...] = Field(min_length=1)
    unique: tuple[tuple[str, ...], ...] = ()
    order_by: tuple[str, ...] = ()
    partition_year: str | None = None
    min_rows: int = Field(default=0, ge=0)
    seed: str | None = None
    materialized: Literal["table", "view", "none"] = "table"
    provenance: bool = True
    columns: tuple[Column, ...] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _defaults(cls, data: Any) -> Any:
        data = {**data, "columns": list(_expand(data.get("columns", [])))}
        data.setdefault("order_by", data.get("key", []))  # stable row order even where a contract names none
        return data

    @model_validator(mode="after")
    def _consistent(self) -> "Contract":
        names = [column.name for column in self.columns]
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"column {repeated[0]} is described twice")
        referred = {*self.key, *self.order_by, *(name for group in self.unique for name in group)}
        if self.partition_year:
            referred.add(self.partition_year)
        if unknown := sorted(referred - set(names)):
            raise ValueError(f"key, unique, order_by or partition_year names {unknown[0]}, no column")
        coded = {column.name for column in self.columns if column.codes}
        if loose := sorted(c.name for c in self.columns if c.unit_of and c.unit_of not in coded):
            raise ValueError(f"unit_of of {loose[0]} names no column with codes")
        return self

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """The contract's columns, followed by the provenance columns of a raw table."""
        return self.columns + (PROVENANCE if self.layer == "raw" and self.provenance else ())

    def column(self, name: str) -> Column:
        """The column of that name; KeyError names the table too."""
        for column in self.all_columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.table}.{name}")


def _expand(columns: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Write out `for_each` groups: the placeholder is lower-case in names and as written in descriptions."""
    for column in columns:
        if "for_each" not in column:
            yield column
            continue
        words = column["for_each"]
        for choice in product(*words.values()):
            as_written = dict(zip(words, choice, strict=True))
            lower = {key: word.lower() for key, word in as_written.items()}
            for template in column["columns"]:
                yield {
                    **template,
                    "name": template["name"].format(**lower),
                    "en": template["en"].format(**as_written),
                    "zh": template["zh"].format(**as_written),
                }


def read(path: Path) -> Contract:
    """Read one contract file.

    Raises:
        InventoryError: the file is not a valid contract; the sentence names file and field.
    """
    try:
        contract = Contract.model_validate(yaml.load(path.read_text(encoding="utf-8"), LOADER))
    except (yaml.YAMLError, ValidationError, KeyError, TypeError) as error:
        raise InventoryError(f"{path.name}: not a valid contract: {error}") from error
    if (contract.layer, contract.table) != (path.parent.name, path.stem):
        raise InventoryError(f"{path.name}: layer and table must repeat the folder and the file name")
    return contract


@cache
def _all() -> tuple[Contract, ...]:
    return tuple(read(path) for path in sorted(TABLES.glob("*/*.yaml")))


def load(layer: Layer | None = None) -> dict[str, Contract]:
    """Contracts by table name; without a layer, the public `rejected_row` hides the raw one."""
    ordered = sorted(_all(), key=lambda contract: (contract.layer != "raw", contract.table))
    return {c.table: c for c in ordered if layer is None or c.layer == layer}
