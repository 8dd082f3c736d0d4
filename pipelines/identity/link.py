"""Linking records to sites: the order of the steps, and what came of them.

Here: one linking from the staging views to `identity.link`. Not here: the steps (the sibling modules), thresholds
(`linking.yaml`).

Registers are linked one after the other, those first that describe places best: exact stages against the sites there
are, then probability, then what is left founds sites of its own, so that its figures enter the inventory once.
Decisions of people come before everything. Which records are one place depends on the records only; what a place is
called depends on the parent release too.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.identity import found, keys, registry, stages, state
from pipelines.identity.candidates import collect_candidates
from pipelines.identity.config import load_linking
from pipelines.identity.coordinates import apply_coordinate_decisions, propose_repairs
from pipelines.identity.decisions import load_decisions

ROOM = Path(__file__).parent


@dataclass(frozen=True)
class LinkSummary:
    """Counts of one linking: records, sites, links per feed and method, and what is new about sites."""

    records: int
    sites: int
    links: dict[str, int]
    events: dict[str, int]
    coordinate_proposals: int


def link_records(
    con: duckdb.DuckDBPyConnection, parent: Path | None = None, decisions: Iterable[Path] = (), code: str | None = None
) -> LinkSummary:
    """Write the schema `identity` of the work file from its staging views.

    Args:
        con: the work file.
        parent: folder of the release whose site ids hold; None for the first release.
        decisions: files of reviewed decisions (see `decisions`).
        code: hash of code and rules. With it, links that the work file holds already are kept if nothing they rest on
            has changed; without it, everything is linked anew.

    Raises:
        UsageError: a decision file is wrong.
    """
    state.begin(con)
    load_decisions(con, decisions)
    con.execute((ROOM / "record.sql").read_text(encoding="utf-8"))
    apply_coordinate_decisions(con)
    inputs = state.fingerprint(con, code or "")
    if code is None or not state.is_up_to_date(con, inputs, parent):
        state.forget(con)
        _link(con, parent)
        state.remember(con, inputs)
    return _summary(con, parent)


def _link(con: duckdb.DuckDBPyConnection, parent: Path | None) -> None:
    linking = load_linking()
    registers = keys.build_keys(con, linking)
    stages.begin(con)
    for number, (feed, scheme) in enumerate(registers):
        keys.show_registers(con, number)
        stages.run_stages(con, feed, scheme, linking)
        found.judge_pairs(con, linking)
        found.found_sites(con, linking, feed)
        stages.add_members(con, feed, scheme)
    registry.name_sites(con, parent)
    con.execute((ROOM / "link.sql").read_text(encoding="utf-8"))
    collect_candidates(con, linking.decide.review)
    propose_repairs(con)


def _summary(con: duckdb.DuckDBPyConnection, parent: Path | None) -> LinkSummary:
    records, linked, sites, proposals = con.execute("""
        select (select count(distinct (feed, scheme, record_key)) from identity.record),
            count(distinct (feed, scheme, record_key)), count(distinct site_id),
            (select count(*) from identity.coordinate_proposal where status = 'proposed')
        from identity.link
    """).fetchone() or (0, 0, 0, 0)
    if records != linked:
        raise AssertionError(f"{records} records but {linked} of them linked: none may be lost")
    counted = "select feed || '/' || method, count(*) from identity.link group by all order by all"
    links = con.execute(counted).fetchall()
    events = con.execute(
        "select event, count(*) from identity.site_event where after_release is not distinct from ?"
        " group by event order by event",
        [parent.name if parent else None],
    ).fetchall()
    return LinkSummary(records, sites, dict(links), dict(events), proposals)
