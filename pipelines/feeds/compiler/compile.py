"""Profile + header + feed set → SQL: what the engine runs, and the faults it looks for.

Here: the plan of one file: filter, tables, melting, checks over several columns. One bad value refuses the
file's whole row in all tables. Not here: how a single column is read (`cells`), nor running the plan
(`engine`).
"""

from pipelines import contracts
from pipelines.contracts.duck import DUCKDB_TYPES
from pipelines.feeds.compiler import expressions as sql
from pipelines.feeds.compiler.columns import Columns
from pipelines.feeds.compiler.plan import Fault, Output, Plan
from pipelines.feeds.grammar.feedset import Context
from pipelines.feeds.grammar.header import missing_columns, read_header
from pipelines.feeds.grammar.hints import nearest
from pipelines.feeds.grammar.profile import (
    Bound,
    Check,
    Filter,
    Melt,
    Profile,
    Spec,
    Table,
    column_specs,
    many,
    needed_columns,
)
from pipelines.feeds.sentences import Unreadable, sentence


def compile_profile(
    profile: Profile,
    header: list[str],
    context: Context,
    where: Filter | None = None,
    full_width: bool = False,
) -> Plan:
    """The plan to read a file with this header; with `full_width` its digits may be full-width ones.

    Raises:
        Unreadable: the file lacks a column that the profile needs, or has it twice.
        UsageError: the profile asks for an unknown unit, code or placeholder.
    """
    named = read_header(profile, header)
    if missing := missing_columns(profile, header, where):
        raise HeaderLacks(profile.header_row, missing, header)
    used = [*needed_columns(profile, where), *(name for spec in column_specs(profile) for name in many(spec.source))]
    if twice := [column for column in used if named.names.count(column) > 1]:
        raise Unreadable("header_twice", column=named.in_file(twice[0]))
    return _Compiler(Columns(profile, named, context, Plan(), full_width)).run(where or {})


class HeaderLacks(Unreadable):
    """The header lacks columns that the profile needs; the sentence names what is nearest to them."""

    def __init__(self, line: int, missing: list[str], header: list[str]) -> None:
        shown = ", ".join(header[:12]) + (" …" if len(header) > 12 else "")
        super().__init__("header_lacks", line=line, missing=", ".join(missing), header=shown)
        self.pairs = nearest(missing, header)

    def tell(self, language: str) -> str:
        """The sentence in this language, with the nearest columns."""
        pairs = ", ".join(f"{wanted} ← {near}" for wanted, near in self.pairs.items())
        hint = sentence("check.nearest", language, pairs=pairs) if pairs else ""
        return sentence("unreadable.header_lacks", language, **self.fields, nearest=hint)


class _Compiler:
    def __init__(self, cells: Columns) -> None:
        self.cells, self.profile, self.plan = cells, cells.profile, cells.plan

    def run(self, where: Filter) -> Plan:
        parts = []
        for column, wanted in [*self.profile.where.items(), *where.items()]:
            values = [str(value) for value in (wanted if isinstance(wanted, list) else [wanted])]
            parts.append(sql.in_list(sql.cell(self.cells.position(column), []), values))
        self.plan.filter = " and ".join(parts) or "true"
        for table in self.profile.tables:
            self._output(table)
        self.cells.table = self.profile.tables[0].table
        for bound in self.profile.bounds:
            self._bound(bound)
        for check in self.profile.checks:
            self._check(check)
        return self.plan

    def _output(self, table: Table) -> None:
        self.cells.table = table.table
        contract = contracts.load("raw")[table.table]
        only_if = [f"{self.cells.text(Spec(source=column))} is not null" for column in many(table.only_if)]
        self.cells.row_specs = dict(table.columns)
        base = {
            name: self.cells.column(contract.column(name), spec, table, only_if)
            for name, spec in table.columns.items()
            if not any(name in item.columns for item in table.melt)
        }
        items = []
        for item in table.melt or [Melt()]:
            specs = item.columns | {n: Spec(constant=v) for n, v in item.set.items()}
            self.cells.row_specs = table.columns | specs
            blank = [
                self.cells.text(specs[name])
                for name in table.drop_null
                if name in specs and specs[name].constant is None
            ]
            guard = [*only_if, *(f"{text} is not null" for text in blank)]
            values = base | {n: self.cells.column(contract.column(n), spec, table, guard) for n, spec in specs.items()}
            keep = [*only_if, *(f"{values[name]} is not null" for name in table.drop_null if name in values)]
            columns = ", ".join(
                f"cast({values.get(c.name, 'null')} as {DUCKDB_TYPES[c.type]}) as {sql.name(c.name)}"
                for c in contract.columns
            )
            items.append((columns, " and ".join(keep) or "true"))
        ignore = tuple(table.ignore_conflicts)
        self.plan.outputs.append(Output(contract, table.distinct, ignore, tuple(items)))

    def _bound(self, bound: Bound) -> None:
        top, bottom = bound.ratio or (bound.column or "", [])
        above = " * ".join(self.cells.source_number(column) for column in many(top))
        below = " * ".join(self.cells.source_number(column) for column in many(bottom)) or "1.0::double"
        ratio = self.cells.value(f"case when {below} > 0 and {above} <> 0 then {above} / ({below}) end")
        subject = " × ".join(many(top)) + (f" / {' × '.join(many(bottom))}" if many(bottom) else "")
        text = self.cells.text(Spec(source=many(top)[0]))
        for limit, sign, word in ((bound.min, "<", "below"), (bound.max, ">", "above")):
            if limit is not None:
                self.plan.faults.append(
                    Fault(
                        self.cells.table,
                        many(top)[0],
                        "out_of_band",
                        f"{ratio} {sign} {limit!r}",
                        self.cells.say(f"out_of_band.{word}", subject=subject, limit=f"{limit:g}"),
                        text,
                        ratio,
                    )
                )

    def _check(self, check: Check) -> None:
        total_column = check.equals or check.at_most or ""
        total = self.cells.source_number(total_column)
        parts = self.cells.value(" + ".join(f"coalesce({self.cells.source_number(column)}, 0)" for column in check.sum))
        difference = f"abs({parts} - {total})" if check.equals else f"({parts} - {total})"
        allowed = f"{check.tolerance!r} * greatest(1, abs({total}))"
        unless = [
            f"not regexp_matches(coalesce({self.cells.text(Spec(source=column))}, ''), {sql.quote(pattern)})"
            for column, pattern in check.unless.items()
        ]
        verb = "equals" if check.equals else "at_most"
        self.plan.faults.append(
            Fault(
                self.cells.table,
                total_column,
                check.reason,
                " and ".join([f"{difference} > {allowed}", *unless]),
                self.cells.say(f"check.{verb}", column=total_column, first=check.sum[0], last=check.sum[-1]),
                self.cells.text(Spec(source=total_column)),
                parts,
            )
        )
