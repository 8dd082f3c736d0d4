"""Cells: the texts, numbers, codes and constants of a file, as SQL expressions that a plan keeps once.

Here: what every kind of column is made of. Not here: which of it a contract column takes (`columns`), amounts with
their units (`amounts`), codes with a grammar (`spelt`).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from pipelines.codes import half_width_sql
from pipelines.contracts import Column
from pipelines.contracts.duck import DUCKDB_TYPES
from pipelines.errors import UsageError
from pipelines.feeds import codes
from pipelines.feeds.compiler import expressions as sql
from pipelines.feeds.compiler import gas
from pipelines.feeds.compiler.plan import Fault, Plan, Resolved, Resolver
from pipelines.feeds.grammar.feedset import Context
from pipelines.feeds.grammar.header import Header
from pipelines.feeds.grammar.profile import Profile, Scalar, Spec, many
from pipelines.feeds.sentences import sentence

# What a constant of a type must survive, before DuckDB casts it.
READERS: dict[str, Callable[[str], object]] = {
    "int": int,
    "double": float,
    "date": date.fromisoformat,
    "timestamp": datetime.fromisoformat,
}


class Cells:
    """Expressions over the cells of a row. `table` names the raw table that faults are booked under."""

    def __init__(
        self, profile: Profile, header: Header, context: Context, plan: Plan, full_width: bool = False
    ) -> None:
        self.profile, self.file, self.context, self.plan = profile, header, context, plan
        self.header = header.names
        self.full_width = full_width
        self.table = profile.tables[0].table
        self.row_specs: dict[str, Spec] = {}  # the columns of the item being compiled

    def code(self, column: Column, spec: Spec) -> Callable[[str], Resolved]:
        if spec.code_from:
            return gas.read_by_code(self.profile, column)
        known = set(codes.codes(column.codes)) if column.codes else set(column.values or ())
        if spec.map is not None:
            table = {k.casefold(): v for k, v in spec.map.items()} if spec.ignore_case else dict(spec.map)
            for code in table.values():
                self._must_know(column, code, known)
            fold = str.casefold if spec.ignore_case else str
            return lambda text: (table[fold(text)], None) if fold(text) in table else None
        if spec.lookup:
            look = spec.lookup
            # Without a territory (checking a single file) the lookup is not narrowed to one.
            narrow = {c: self._fill(v) for c, v in look.where.items() if self.context.territory or "{" not in v}
            by_name = codes.name_codes(look.seed, look.by, look.code, narrow, look.drop)
            return lambda text: (by_name[n], None) if (n := codes.normal_name(text, look.drop)) in by_name else None
        by_text = {code.casefold() if spec.ignore_case else code: code for code in known}
        return lambda text: (
            (by_text[t], None) if (t := text.casefold() if spec.ignore_case else text) in by_text else None
        )

    def _must_know(self, column: Column, code: Scalar | None, known: set[str]) -> None:
        if code is not None and (column.codes or column.values) and str(code) not in known:
            raise UsageError(
                f"The profile writes {code} to {self.table}.{column.name}, which is no code of "
                f"{column.codes or 'the contract'}; add it to the code table or mend the profile."
            )

    def _fill(self, text: str) -> str:
        """Replace {name}, {territory}, {year} and {timezone_offset} of the feed set."""
        for key in ("name", "territory", "timezone_offset", "year"):
            if "{" + key + "}" in text:
                value = getattr(self.context, key)
                if value is None:
                    raise UsageError(
                        f"The profile needs the {key} of the feed set, which gives none or several; "
                        f"set `{key}` on the file's entry in feeds.yaml."
                    )
                text = text.replace("{" + key + "}", str(value))
        return text

    def constant(self, column: Column, value: Scalar) -> str:
        """A profile's constant as a typed literal."""
        text = self._fill(str(value))
        known = set(codes.codes(column.codes)) if column.codes else set(column.values or ())
        self._must_know(column, text, known)
        try:
            READERS.get(column.type, str)(text)
        except ValueError as error:
            raise UsageError(
                f"The profile sets {self.table}.{column.name} to {text}, which is no {column.type}; correct "
                "it (placeholders are {name}, {territory}, {year}, {timezone_offset})."
            ) from error
        return f"cast({sql.quote(text)} as {DUCKDB_TYPES[column.type]})"

    def position(self, column: str) -> str:
        return f"c{self.header.index(column)}"

    def text(self, spec: Spec) -> str:
        if spec.sum:  # empty only if all parts are
            parts = [Spec(source=part, null=spec.null) if isinstance(part, str) else part for part in spec.sum]
            return f"coalesce({', '.join(self.text(part) for part in parts)})"
        sources = many(spec.source) or many(spec.code_from)
        if spec.optional and any(source not in self.header for source in sources):
            return "null::varchar"
        null = [*self.profile.null, *spec.null]
        cells = [sql.cell(self.position(source), null) for source in sources]
        return _alias(self.plan.texts, f" || {sql.quote(spec.join)} || ".join(f"({cell})" for cell in cells), "t")

    def shown(self, spec: Spec) -> str:
        """Columns of a description by their names in the file."""
        inner = [self.shown(part) if isinstance(part, Spec) else self.file.in_file(part) for part in spec.sum or []]
        return " + ".join([*map(self.file.in_file, many(spec.source) or many(spec.code_from)), *inner])

    def value(self, expression: str) -> str:
        return _alias(self.plan.values, expression, "v")

    def number(self, text: str) -> str:
        """Number of a text; digits in full width count too."""
        return self.in_either_width(text, lambda t: sql.number(t, self.profile.decimal, self.profile.thousands))

    def in_either_width(self, text: str, read: Callable[[str], str]) -> str:
        """Value of a text, else of the text in half width: tried only where the first is nothing."""
        if not self.full_width:
            return self.value(read(text))
        return self.value(f"coalesce({read(text)}, {read(half_width_sql(text))})")

    def say(self, key: str, **fields: Any) -> str:
        """A sentence in the language asked for; the engine fills in value and other, row by row."""
        return sentence(key, self.context.language, **{"value": "{value}", "other": "{other}", **fields})

    def resolver(self, key: tuple[object, ...], resolver: Resolver) -> Resolver:
        """The resolver under `key`; a new one gets the next alias."""
        known = self.plan.resolvers
        return known.setdefault(key, replace(resolver, alias=f"m{len(known)}"))

    def source_number(self, column: str, null: Sequence[str] = ()) -> str:
        """Number in a source column; a row where it is not one is refused."""
        text = self.text(Spec(source=column, null=list(null)))
        value = self.number(text)
        condition = f"{text} is not null and {value} is null"
        if not any(fault.condition.endswith(f"({condition})") for fault in self.plan.faults):
            message = self.say("number_malformed.part", column=column)
            self.plan.faults.append(Fault(self.table, column, "number_malformed", f"({condition})", message, text))
        return value


def _alias(known: dict[str, str], expression: str, prefix: str) -> str:
    return known.setdefault(expression, f"{prefix}{len(known)}")
