"""Columns: how one contract column is read from the cells of a row, and when its row is refused.

Here: text, date, truth value, code of a single column; numbers go to `amounts`. Not here: tables, melting and checks
over several columns (`compile`), nor the running of anything (`engine`).
"""

from collections.abc import Callable
from typing import Any

from pipelines.contracts import Column
from pipelines.feeds.compiler import amounts
from pipelines.feeds.compiler import expressions as sql
from pipelines.feeds.compiler.cells import Cells
from pipelines.feeds.compiler.plan import Fault, Resolver
from pipelines.feeds.compiler.spelt import spelt
from pipelines.feeds.grammar.profile import Spec, Table, many


class Columns(Cells):
    """Compiles columns into a plan."""

    def column(self, column: Column, spec: Spec, table: Table, guard: list[str]) -> str:
        """Value expression of a contract column; its faults go to the plan."""
        if spec.constant is not None:
            return self.constant(column, spec.constant)
        text, shown = self.text(spec), self.shown(spec)

        def fault(key: str, condition: str, show: str = text, at: str = shown, **fields: Any) -> None:
            full = " and ".join([*guard, f"({condition})"])
            message = self.say(key, column=at, target=column.name, **fields)
            self.plan.faults.append(Fault(table.table, at, key.partition(".")[0], full, message, show))

        if spec.map is not None or spec.lookup or column.codes or column.values or (spec.code_from and not spec.source):
            resolver = self.resolver(
                ("code", repr(spec), column.name, table.table), Resolver("", text, self.code(column, spec))
            )
            fault(
                "code_unknown",
                f"{text} is not null and {resolver.alias}_k is null",
                home=self._code_home(column, spec),
            )
            text = f"{resolver.alias}_v"
        elif spec.grammar:
            text = spelt(self, spec, text, table, guard)
        value = text if column.type == "text" else self._typed(column, spec, text, fault)
        if spec.default is not None:
            value = f"coalesce({value}, {self.constant(column, spec.default)})"
        elif column.required and column.name not in table.drop_null:
            fault("value_missing", f"{text} is null")
        return self.value(value)

    def _typed(self, column: Column, spec: Spec, text: str, fault: Callable[..., None]) -> str:
        if column.type in ("date", "timestamp"):
            formats = many(spec.format) or sql.DATE_FORMATS[column.type]
            if self.profile.format != "csv":  # a true date cell arrives in ISO form, whatever the format
                formats = list(dict.fromkeys([*formats, *sql.DATE_FORMATS[column.type], *sql.DATE_FORMATS["date"]]))
            value = self.in_either_width(text, lambda t: sql.moment(t, formats, column.type))
            condition = f"{text} is not null and {value} is null"
            fault("date_malformed", condition, kind=column.type, form=formats[0])
            return value
        if column.type == "bool":
            value = self.value(f"try_cast({text} as boolean)")
            fault("code_unknown.bool", f"{text} is not null and {value} is null")
            return value
        return amounts.number(self, column, spec, text, fault)

    def _code_home(self, column: Column, spec: Spec) -> str:
        if spec.code_from:
            return self.say("home.factor")
        if spec.map is not None:
            return self.say("home.map")
        if spec.lookup or column.codes:
            return self.say("home.table", name=spec.lookup.seed if spec.lookup else column.codes)
        return self.say("home.values", values=", ".join(column.values or ()))
