"""Cells: how one contract column is read from the cells of a row, and when its row is refused.

Here: text, number, date, unit, code of a single column, as SQL expressions and faults added to the plan.
Not here: tables, melting and checks over several columns (`compile`), nor the running of anything
(`engine`).
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from pipelines.contracts import Column
from pipelines.contracts.duck import DUCKDB_TYPES
from pipelines.errors import UsageError
from pipelines.feeds import codes, units
from pipelines.feeds import expressions as sql
from pipelines.feeds.plan import Context, Fault, Plan, Resolved, Resolver
from pipelines.feeds.profile import Profile, Scalar, Spec, Table, many

# What a constant of a type must survive, before DuckDB casts it.
READERS: dict[str, Callable[[str], object]] = {
    "int": int,
    "double": float,
    "date": date.fromisoformat,
    "timestamp": datetime.fromisoformat,
}


class Cells:
    """Compiles columns into a plan. `table` names the raw table that faults are booked under."""

    def __init__(self, profile: Profile, header: list[str], context: Context, plan: Plan) -> None:
        self.profile, self.header, self.context, self.plan = profile, header, context, plan
        self.table = profile.tables[0].table

    def column(self, column: Column, spec: Spec, table: Table, guard: list[str]) -> str:
        """Value expression of a contract column; its faults go to the plan."""
        if spec.constant is not None:
            return self.constant(column, spec.constant)
        text, shown = self.text(spec), " + ".join(many(spec.source) + many(spec.sum))

        def fault(code: str, condition: str, message: str, show: str = text, at: str = shown) -> None:
            full = " and ".join([*guard, f"({condition})"])
            self.plan.faults.append(Fault(table.table, at, code, full, message, show))

        if spec.map is not None or spec.lookup or column.codes or column.values:
            resolver = self._resolver(
                ("code", repr(spec), column.name, table.table), text, self._code(column, spec)
            )
            fault(
                "code_unknown",
                f"{text} is not null and {resolver.alias}_k is null",
                f"{shown} holds {{value}}, which is no known code for {column.name}; "
                f"correct it, or add it to {self._code_home(column, spec)}.",
            )
            text = f"{resolver.alias}_v"
        value = text if column.type == "text" else self._typed(column, spec, text, shown, fault)
        if spec.default is not None:
            value = f"coalesce({value}, {self.constant(column, spec.default)})"
        elif column.required and column.name not in table.drop_null:
            fault(
                "value_missing",
                f"{text} is null",
                f"{shown} is empty but {column.name} is required; fill it in.",
            )
        return self.value(value)

    def _typed(self, column: Column, spec: Spec, text: str, shown: str, fault: Callable[..., None]) -> str:
        if column.type in ("date", "timestamp"):
            formats = many(spec.format) or sql.DATE_FORMATS[column.type]
            if self.profile.format == "xlsx":  # a true date cell arrives in ISO form, whatever the format
                formats = list(
                    dict.fromkeys([*formats, *sql.DATE_FORMATS[column.type], *sql.DATE_FORMATS["date"]])
                )
            value = self.value(sql.moment(text, formats, column.type))
            fault(
                "date_malformed",
                f"{text} is not null and {value} is null",
                f"{shown} holds {{value}}, which is no {column.type} in the form {formats[0]}; write it so.",
            )
            return value
        if column.type == "bool":
            value = self.value(f"try_cast({text} as boolean)")
            fault(
                "code_unknown",
                f"{text} is not null and {value} is null",
                f"{shown} holds {{value}}, which is neither true nor false; write one of them.",
            )
            return value
        return self._number(column, spec, text, shown, fault)

    def _number(self, column: Column, spec: Spec, text: str, shown: str, fault: Callable[..., None]) -> str:
        if spec.sum:
            parts = " + ".join(f"coalesce({self.source_number(part, spec.null)}, 0)" for part in spec.sum)
            value = self.value(f"case when {text} is not null then {parts} end")
        else:
            value = self.value(sql.number(text, self.profile.decimal, self.profile.thousands))
        whole = f" or {value} <> floor({value})" if column.type == "int" else ""
        fault(
            "number_malformed",
            f"{text} is not null and ({value} is null{whole})",
            f"{shown} holds {{value}}, which is no {'whole ' if whole else ''}number with the decimal mark "
            f"{self.profile.decimal}; correct it or leave it blank.",
        )
        for other in many(spec.times):
            value = f"{value} * {self.source_number(other)}"
        value = self.value(self._in_contract_unit(column, spec, value, text, fault))
        if spec.gwp:
            value = f"{value} / {codes.gwp(spec.gwp.species, spec.gwp.set)!r}::double"
            value = self.value(value)
        limits = [
            (f"{value} {sign} {limit!r}", f"{word} {limit:g}")
            for limit, sign, word in ((column.min, "<", "at least"), (column.max, ">", "at most"))
            if limit is not None
        ]
        if limits:
            unit = f" {column.unit}" if column.unit and column.unit != "1" else ""
            fault(
                "out_of_band",
                " or ".join(condition for condition, _ in limits),
                f"{shown} holds {{value}}, but {column.name} must be "
                f"{' and '.join(words for _, words in limits)}{unit}; "
                "check sign and unit.",
            )
        return value

    def _in_contract_unit(
        self, column: Column, spec: Spec, value: str, text: str, fault: Callable[..., None]
    ) -> str:
        if not spec.unit and not spec.unit_from:
            return value
        if not column.unit:
            raise UsageError(
                f"The profile gives {self.table}.{column.name} a unit, but the contract has none there."
            )
        target = column.unit
        if spec.unit:
            try:
                return sql.linear(
                    value, *units.conversion(self.profile.units.get(spec.unit, spec.unit), target)
                )
            except units.UnitUnknown as error:
                raise UsageError(f"Profile, {self.table}.{column.name}: {error}.") from error

        def resolve(spelling: str) -> Resolved:
            try:
                return units.conversion(self.profile.units.get(spelling, spelling), target)
            except units.UnitUnknown:
                return None

        unit_text = self.text(Spec(source=spec.unit_from))
        resolver = self._resolver(("unit", spec.unit_from, target), unit_text, resolve)
        fault(
            "unit_unknown",
            f"{text} is not null and {resolver.alias}_k is null",
            f"{spec.unit_from} holds {{value}}, which is no unit that converts to {target}; "
            "correct it, or add the spelling under `units` of the profile.",
            unit_text,
            spec.unit_from,
        )
        return f"({value}) * {resolver.alias}_v + {resolver.alias}_w"

    def _code(self, column: Column, spec: Spec) -> Callable[[str], Resolved]:
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
            narrow = {
                c: self._fill(v) for c, v in look.where.items() if self.context.territory or "{" not in v
            }
            by_name = codes.name_codes(look.seed, look.by, look.code, narrow, look.drop)
            return lambda text: (
                (by_name[n], None) if (n := codes.normal_name(text, look.drop)) in by_name else None
            )
        by_text = {code.casefold() if spec.ignore_case else code: code for code in known}
        return lambda text: (
            (by_text[t], None) if (t := text.casefold() if spec.ignore_case else text) in by_text else None
        )

    def _code_home(self, column: Column, spec: Spec) -> str:
        if spec.map is not None:
            return "the `map` of the profile"
        return (
            f"the code table {spec.lookup.seed if spec.lookup else column.codes}"
            if (spec.lookup or column.codes)
            else f"the values of the contract ({', '.join(column.values or ())})"
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
            return f"coalesce({', '.join(self.text(Spec(source=part, null=spec.null)) for part in spec.sum)})"
        sources = many(spec.source)
        if spec.optional and any(source not in self.header for source in sources):
            return "null::varchar"
        null = [*self.profile.null, *spec.null]
        cells = [sql.cell(self.position(source), null) for source in sources]
        return _alias(
            self.plan.texts, f" || {sql.quote(spec.join)} || ".join(f"({cell})" for cell in cells), "t"
        )

    def value(self, expression: str) -> str:
        return _alias(self.plan.values, expression, "v")

    def source_number(self, column: str, null: Sequence[str] = ()) -> str:
        """Number in a source column; a row where it is not one is refused."""
        text = self.text(Spec(source=column, null=list(null)))
        value = self.value(sql.number(text, self.profile.decimal, self.profile.thousands))
        condition = f"{text} is not null and {value} is null"
        if not any(fault.condition.endswith(f"({condition})") for fault in self.plan.faults):
            message = f"{column} holds {{value}}, which is no number; correct it or leave it blank."
            self.plan.faults.append(
                Fault(self.table, column, "number_malformed", f"({condition})", message, text)
            )
        return value

    def _resolver(self, key: tuple[object, ...], text: str, resolve: Callable[[str], Resolved]) -> Resolver:
        known = self.plan.resolvers
        return known.setdefault(key, Resolver(f"m{len(known)}", text, resolve))


def _alias(known: dict[str, str], expression: str, prefix: str) -> str:
    return known.setdefault(expression, f"{prefix}{len(known)}")
