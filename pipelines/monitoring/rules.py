"""Rules as data: which rule set holds for a monitor on a date, and what a flag or a state tag means.

Here: reading the seeds `monitoring_rule`, `monitoring_flag`, `monitoring_state` and choosing among their
rows. Not here: the arithmetic that follows from a rule (`substitution.py`).
"""

from dataclasses import dataclass
from datetime import date

import duckdb

from pipelines.errors import InventoryError

METHODS = ("substitute", "as_reported", "substituted", "outlier", "crosscheck")
STATISTICS = ("max", "neighbour_mean", "month_mean", "zero")
TREATMENTS = ("missing", "accept", "substitute", "invalid", "out_of_control", "calibration", "stopped", "unknown")
STATES = ("unknown", "running", "stopped")
# How the value of a record came about (stg_monitoring__record), and what that makes of it; "" leaves it to its mark.
ORIGINS = {"reported": "", "revised": "accept", "substituted": "substitute", "failed": "invalid", "manual": "invalid",
           "unknown": "unknown"}  # fmt: skip
SHORT = "*"  # appended to the name of a rule that found less history than it asks for


@dataclass(frozen=True)
class FillRule:
    """One row of a substitution table: when it holds (capture in %, gap in hours) and what it puts in."""

    name: str
    capture_min_pct: float = 0.0
    capture_max_pct: float | None = None  # exclusive
    gap_max_h: int | None = None  # inclusive
    window_valid_h: int | None = None
    statistic: str = "max"


@dataclass(frozen=True)
class RuleSet:
    """All rules that hold together for a series. `kept_as` names the agency's own substitution where it stays."""

    name: str
    method: str
    fills: tuple[FillRule, ...] = ()
    kept_as: str | None = None
    capture_min_pct: float = 0.0
    outlier_ratio: float | None = None
    crosscheck_ratio: float | None = None

    @property
    def fill_names(self) -> list[str]:
        """Name of each fill code: 0 nothing, then per rule its plain name and the one for short history."""
        own = [rule.name + mark for rule in self.fills for mark in ("", SHORT)]
        return ["", *own, *([self.kept_as] if self.kept_as else [])]


@dataclass(frozen=True)
class RuleTable:
    """The rows of `monitoring_rule`, in file order."""

    rows: tuple[dict, ...]

    def choose(self, scheme: str, territory: str, on: date, named: str | None = None) -> RuleSet:
        """The rule set valid on a date: an exact scheme beats '*', then the longest territory prefix wins.

        A set without territory is never chosen by place, only by name.

        Raises:
            InventoryError: no set, or more than one equally specific set, covers the date.
        """
        if named:
            chosen = [row for row in self.rows if row["rule_set"] == named]
        else:
            fitting = [(_specificity(row, scheme, territory), row) for row in self.rows if _holds(row, on)]
            best = max((grade for grade, _ in fitting if grade), default=None)
            chosen = [row for grade, row in fitting if grade and grade == best]
        names = sorted({row["rule_set"] for row in chosen})
        if len(names) != 1:
            found = f"{len(names)} rule sets ({', '.join(names)}) hold" if names else "no rule set holds"
            raise InventoryError(
                f"monitoring_rule.csv: {found} for scheme {scheme} in territory {territory} on {on}"
                f"{f' under the name {named}' if named else ''}; see to it that exactly one does"
            )
        return _rule_set(names[0], chosen)


def _holds(row: dict, on: date) -> bool:
    return (row["valid_from"] or date.min) <= on <= (row["valid_to"] or date.max)


def _specificity(row: dict, scheme: str, territory: str) -> tuple[int, int] | None:
    prefix = row["territory"]
    if prefix is None or row["scheme"] not in ("*", scheme):
        return None
    if prefix != "*" and not territory.startswith(prefix):
        return None
    return int(row["scheme"] == scheme), 0 if prefix == "*" else len(prefix)


def _rule_set(name: str, rows: list[dict]) -> RuleSet:
    def only(method: str) -> dict:
        found = [row for row in rows if row["method"] == method]
        if len(found) > 1:
            raise InventoryError(
                f"monitoring_rule.csv: {name} has {len(found)} rows of method {method}; keep one"
            )
        return found[0] if found else {}

    kept, substituted = only("as_reported"), only("substituted")
    fills = sorted(
        (
            FillRule(
                name=row["fill_rule"],
                capture_min_pct=row["capture_min_pct"] or 0.0,
                capture_max_pct=row["capture_max_pct"],
                gap_max_h=row["gap_max_h"],
                window_valid_h=row["window_valid_h"],
                statistic=row["statistic"],
            )
            for row in rows
            if row["method"] == "substitute"
        ),
        key=lambda rule: (-rule.capture_min_pct, rule.gap_max_h or float("inf")),
    )
    if bool(kept) == bool(fills):
        raise InventoryError(
            f"monitoring_rule.csv: {name} needs either rows of method substitute or one of method as_reported"
        )
    lowest = kept.get("capture_min_pct") if kept else min(rule.capture_min_pct for rule in fills)
    return RuleSet(
        name=name,
        method="as_reported" if kept else "substitute",
        fills=tuple(fills),
        kept_as=kept.get("fill_rule") or (substituted["fill_rule"] if substituted.get("statistic") == "keep" else None),
        capture_min_pct=lowest or 0.0,
        outlier_ratio=only("outlier").get("ratio_max"),
        crosscheck_ratio=only("crosscheck").get("ratio_max"),
    )


def read_rules(con: duckdb.DuckDBPyConnection) -> RuleTable:
    """Rule rows of the seed, checked.

    Raises:
        InventoryError: a row has an unknown method, statistic or quantity, or lacks what its method needs.
    """
    query = """
        select rule_set, territory::varchar as territory, scheme, method, fill_rule, statistic, quantity,
               capture_min_pct::double as capture_min_pct, capture_max_pct::double as capture_max_pct,
               gap_max_h::integer as gap_max_h, window_valid_h::integer as window_valid_h,
               ratio_max::double as ratio_max, valid_from::date as valid_from, valid_to::date as valid_to
        from seeds.monitoring_rule
    """
    rows = con.sql(query).to_arrow_table().to_pylist()
    for row in rows:
        if problem := _problem(row):
            raise InventoryError(
                f"monitoring_rule.csv: a row of {row['rule_set']} has {problem}; correct the seed"
            )
    return RuleTable(tuple(rows))


def _problem(row: dict) -> str | None:
    method, statistic = row["method"], row["statistic"]
    if method not in METHODS:
        return f"method {method}, which is none of {', '.join(METHODS)}"
    if row["quantity"] != "mass":
        return f"quantity {row['quantity']}, but only the mass of an hour is filled"
    if method in ("outlier", "crosscheck"):
        return None if (row["ratio_max"] or 0) > 1 else "no ratio_max above 1"
    if not row["fill_rule"]:
        return "no fill_rule"
    if method == "substituted" and statistic not in ("keep", "refill"):
        return f"statistic {statistic}, but what the platform substituted is to keep or to refill"
    if method == "substitute" and statistic not in STATISTICS:
        return f"statistic {statistic}, which is none of {', '.join(STATISTICS)}"
    if method == "substitute" and statistic == "max" and (row["window_valid_h"] or 0) < 1:
        return "no window_valid_h"
    return None


@dataclass(frozen=True)
class Marks:
    """What the texts of a feed's flags or tags mean: exact scheme first, then '*'."""

    meaning: dict[tuple[str, str], str]
    otherwise: str

    def of(self, scheme: str, text: str | None) -> str:
        """Meaning of one mark; blanks around it and letter case do not matter."""
        word = _normal(text)
        return self.meaning.get((scheme, word)) or self.meaning.get(("*", word)) or self.otherwise


def _normal(text: str | None) -> str:
    return (text or "").strip().upper()


def read_flags(con: duckdb.DuckDBPyConnection, first: date, last: date) -> Marks:
    """Flag or mark → treatment (accept, substitute, invalid, out_of_control, calibration, stopped; else unknown).

    Rows count that are valid on some day from `first` to `last`.
    """
    return _marks(con, ("monitoring_flag", "flag", "treatment"), (first, last), TREATMENTS[1:-1])


def read_states(con: duckdb.DuckDBPyConnection, first: date, last: date) -> Marks:
    """Production-state tag → running or stopped (else unknown); days as in `read_flags`."""
    return _marks(con, ("monitoring_state", "production_state", "state"), (first, last), STATES[1:])


def _marks(
    con: duckdb.DuckDBPyConnection, seed: tuple[str, str, str], days: tuple[date, date], allowed: tuple[str, ...]
) -> Marks:
    (table, mark, meant), file = seed, f"{seed[0]}.csv"
    rows = con.execute(
        f"""select scheme, {mark}, {meant} from seeds.{table}
            where coalesce(valid_to::date, $first) >= $first and coalesce(valid_from::date, $last) <= $last""",
        {"first": days[0], "last": days[1]},
    ).fetchall()
    meaning: dict[tuple[str, str], str] = {}
    for scheme, text, means in rows:
        key = (scheme, _normal(text))
        if means not in allowed:
            raise InventoryError(
                f"{file}: {text} of scheme {scheme} means {means}, which is none of "
                f"{', '.join(allowed)}; correct the seed"
            )
        if meaning.get(key, means) != means:
            raise InventoryError(
                f"{file}: {text} of scheme {scheme} means {meaning[key]} and {means} within these years; keep one"
            )
        meaning[key] = means
    return Marks(meaning, "unknown")
