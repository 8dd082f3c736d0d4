"""Decisions of people as files and tables: append-only CSV, and which of several decisions is in effect.

Here: reading, checking and writing the files; `identity.decision` and `identity.coordinate_decision` of the work file.
Not here: one decision (`decision`), asking people (`review`), acting on an answer (`link`, `coordinates`).
"""

import csv
import hashlib
import os
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import asdict, astuple, fields
from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines.errors import UsageError
from pipelines.identity.clerical.decision import KINDS, OPEN, READERS, Decision, DecisionFault, LinkDecision, parse


def read_decisions(paths: Iterable[Path]) -> list[Decision]:
    """All decisions of some CSV files (the header tells the kind), checked together; see `in_effect`.

    Raises:
        UsageError: a file is no decision file or a row is wrong (file, row, cure), or decisions contradict each other.
    """
    found: list[Decision] = []
    for path in paths:
        found += _read(path)
    in_effect(found)
    return found


def in_effect(decisions: Iterable[Decision], language: str = "en") -> list[Decision]:
    """The decision that holds for each subject, in stable order: the latest; taken-back ones are left out.

    Raises:
        UsageError: two different answers on one day, or records decided `different` that others make the same.
    """
    latest: dict[Hashable, Decision] = {}
    disputed: dict[Hashable, DecisionFault] = {}
    for decision in sorted(decisions, key=by_day):
        earlier = latest.get(decision.subject)
        if earlier and earlier.decided_on == decision.decided_on and earlier.answer != decision.answer:
            disputed[decision.subject] = DecisionFault("same_day", subject=decision, day=decision.decided_on)
        elif earlier and earlier.decided_on < decision.decided_on:
            disputed.pop(decision.subject, None)  # a later day settles it
        latest[decision.subject] = decision
    for fault in disputed.values():
        raise UsageError(fault.tell(language))
    held = sorted((d for d in latest.values() if d.verdict != OPEN), key=lambda d: (d.FILE, *map(str, astuple(d))))
    _check_chains([decision for decision in held if isinstance(decision, LinkDecision)], language)
    return held


def fingerprint(paths: Iterable[Path]) -> str:
    """SHA-256 of the decisions in effect: a new one makes a refresh new, its place in the files does not."""
    held = in_effect(read_decisions(paths))
    return hashlib.sha256("\n".join(repr(decision) for decision in held).encode()).hexdigest()


def add_decisions(folder: Path, new: Sequence[Decision], language: str = "en") -> list[Decision]:
    """Append decisions to the files of a folder; returns those that change something and were written.

    Raises:
        UsageError: they contradict each other or an earlier one (in `language`); nothing was written then.
    """
    earlier = read_decisions(decision_files(folder))
    answers = {decision.subject: decision.answer for decision in in_effect(earlier)}
    added = [d for d in dict.fromkeys(new) if d.answer != answers.get(d.subject, OPEN)]
    in_effect([*earlier, *added], language)
    for kind in KINDS:
        if any(isinstance(decision, kind) for decision in added):
            _write(folder / kind.FILE, [d for d in [*earlier, *added] if isinstance(d, kind)])
    return added


def decision_files(folder: Path) -> list[Path]:
    """The decision files that a folder has."""
    return [path for kind in KINDS if (path := folder / kind.FILE).is_file()]


def load_decisions(con: duckdb.DuckDBPyConnection, paths: Iterable[Path]) -> None:
    """Write `identity.decision` and `identity.coordinate_decision`: the decisions in effect, one row per subject.

    Raises:
        UsageError: as `read_decisions`.
    """
    held = in_effect(read_decisions(paths))
    con.execute("create schema if not exists identity")
    for kind in KINDS:
        schema = pa.schema([(field.name, READERS[field.type][1]) for field in fields(kind)])
        con.register("held", pa.Table.from_pylist([asdict(d) for d in held if isinstance(d, kind)], schema))
        con.execute(f"create or replace table identity.{kind.TABLE} as select * from held")
        con.unregister("held")


def by_day(decision: Decision) -> tuple[str, ...]:
    """Oldest first, then in an order that depends on the contents only."""
    return tuple(map(str, (decision.decided_on, *astuple(decision))))


def _check_chains(links: Sequence[LinkDecision], language: str) -> None:
    """No two records may be different and yet the same by way of others."""
    home: dict[tuple[str, str], tuple[str, str]] = {}

    def root(record: tuple[str, str]) -> tuple[str, str]:
        while record in home:
            record = home[record]
        return record

    for link in links:
        if link.verdict == "same" and root(link.left) != root(link.right):
            home[root(link.left)] = root(link.right)
    for link in links:
        if link.verdict == "different" and root(link.left) == root(link.right):
            fault = DecisionFault("chain", subject=link, day=link.decided_on, reviewer=link.reviewer)
            raise UsageError(fault.tell(language))


def _read(path: Path) -> list[Decision]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path} cannot be read as CSV in UTF-8 ({error}); restore the file.") from error
    if not rows:
        return []
    kind = next((kind for kind in KINDS if {field.name for field in fields(kind)} <= rows[0].keys()), None)
    if kind is None:
        expected = " or ".join(",".join(field.name for field in fields(kind)) for kind in KINDS)
        raise UsageError(f"{path} is no decision file; its header must be {expected}.")
    found: list[Decision] = []
    for number, row in enumerate(rows, 2):
        try:
            found.append(parse(kind, row))
        except DecisionFault as fault:
            raise UsageError(f"{path}, row {number}: {fault}") from fault
    return found


def _write(path: Path, decisions: Sequence[Decision]) -> None:
    """The whole file anew, oldest first, in one step: a reader sees the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    waiting = path.with_name(f".{path.name}.{os.getpid()}")
    with waiting.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([field.name for field in fields(decisions[0])])
        writer.writerows(map(astuple, sorted(decisions, key=by_day)))
    waiting.replace(path)
