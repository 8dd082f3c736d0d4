"""Columns with a grammar: codes that are judged by form and check digits, and keys that fall back on other columns.

Here: the SQL of one such column, its faults and notices. Not here: any grammar (`pipelines.codes`).
"""

from pipelines.codes import GRAMMARS
from pipelines.feeds.compiler import expressions as sql
from pipelines.feeds.compiler.cells import Cells
from pipelines.feeds.compiler.plan import Fault, Resolver
from pipelines.feeds.grammar.profile import Spec, Table, many


def spelt(cells: Cells, spec: Spec, text: str, table: Table, guard: list[str]) -> str:
    """Value of a text with a grammar: its normal form, or the text as it stands where it is faulty and marked.

    Faults refuse the row or become notices, as `on_fault` says; a repaired spelling is always a notice.
    """
    grammar = GRAMMARS[spec.grammar or ""]
    shown = " + ".join(many(spec.source))
    # Files repeat their codes: each is judged once.
    judged = cells.resolver(
        ("grammar", grammar.name, text),
        Resolver("", text, sql=(grammar.normal_sql("k"), grammar.finding_sql("k", "v"))),
    )
    normal, finding = f"{judged.alias}_v", f"{judged.alias}_w"

    def note(key: str, condition: str, into: list[Fault], other: str = "null") -> None:
        full = " and ".join([*guard, f"({condition})"])
        fault = Fault(table.table, shown, key, full, cells.say(key, column=shown), text, other)
        if fault not in into:
            into.append(fault)

    refused = cells.plan.faults if spec.on_fault == "reject" else cells.plan.notices
    for word in grammar.faults:
        note(word, f"{finding} = {sql.quote(word)}", refused)
    for word in grammar.repaired:
        note(word, f"{finding} = {sql.quote(word)}", cells.plan.notices)
    is_form = sql.in_list(f"coalesce({finding}, '')", grammar.form)
    value = cells.value(f"case when {is_form} then {text} else {normal} end")
    if not spec.fallback:
        return value
    parts = ", ".join(cells.text(Spec(source=column, null=spec.null)) for column in spec.fallback)
    fallback = cells.value(f"nullif(concat_ws('/', {parts}), '')")
    own = cells.value(f"case when not {is_form} then {normal} end")
    # A code that differing rows claim identifies none of them, whichever stands first.
    shared = cells.value(
        f"coalesce(min({fallback}) over (partition by {own}) <> max({fallback}) over (partition by {own}), false)"
    )
    note("key_fallback", f"{own} is null", cells.plan.notices, fallback)
    note("key_shared", f"{own} is not null and {shared}", cells.plan.notices, fallback)
    return cells.value(f"case when {own} is not null and not {shared} then {own} else {fallback} end")
