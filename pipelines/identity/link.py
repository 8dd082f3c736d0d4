"""Linking records to sites: the order of the steps, and what came of them.

Here: one linking from the staging views to `identity.link`. Not here: the steps (a room each), thresholds
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

from pipelines.identity.clerical.candidates import collect_candidates
from pipelines.identity.clerical.decisions import load_decisions
from pipelines.identity.config import Linking, load_linking
from pipelines.identity.distance import define_km_between
from pipelines.identity.matching import affected, found, probabilistic, stages
from pipelines.identity.matching.affected import Widespread
from pipelines.identity.places.coordinates import apply_coordinate_decisions, propose_repairs
from pipelines.identity.records import keys
from pipelines.identity.sites import registry, state


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
        code: hash of code and rules. With it, links that the work file holds already are kept where nothing they rest
            on has changed, if the parent is made of them; without it, everything is linked anew, with the same result.

    Raises:
        UsageError: a decision file is wrong.
    """
    last = state.take(con)
    linking = load_linking()
    load_decisions(con, decisions)
    keys.show_records(con)
    apply_coordinate_decisions(con)
    now = state.read(con, code or "", linking.feed_order)
    is_known = code is not None and last is not None and state.is_of_parent(con, last, parent)
    if last and is_known and last.inputs == now.inputs:
        now = last
    elif not (last and is_known and last.rules == now.rules and _follow(con, parent, linking)):
        _link(con, parent, linking, whole=True)
    state.remember(con, now)
    return _summary(con, parent)


def _follow(con: duckdb.DuckDBPyConnection, parent: Path | None, linking: Linking) -> bool:
    """Link what changed since the last linking and what that bears on; false if it bears on too much."""
    try:
        _link(con, parent, linking, whole=False)
    except Widespread:
        return False
    return True


def _link(con: duckdb.DuckDBPyConnection, parent: Path | None, linking: Linking, whole: bool) -> None:
    define_km_between(con)
    keys.write_decided(con)
    state.begin(con, whole)
    keys.build_keys(con, linking)
    affected.check_share(con, "changed_record", linking.largest_change, whole)
    affected.begin(con)
    probabilistic.begin(con, linking.probabilistic, whole)
    for register_no, feed in con.execute("select register_no, feed from register order by register_no").fetchall():
        keys.show_registers(con, register_no)
        found.find_takeovers(con, linking, register_no, feed)
        affected.find(con, register_no, whole)
        affected.check_share(con, "affected", linking.largest_change, whole)
        stages.run_stages(con, register_no, "affected", linking)
        found.judge_pairs(con, linking, register_no, whole)
        found.found_sites(con, linking, feed)
        affected.tell(con, register_no, whole)
    registry.name_sites(con, parent, whole)
    registry.write_links(con)
    collect_candidates(con, linking.decide.review)
    propose_repairs(con, whole)


def _summary(con: duckdb.DuckDBPyConnection, parent: Path | None) -> LinkSummary:
    [(lost, records, sites, proposals)] = con.execute("""
        select
            (select count(*) from used_record where hash(feed, scheme, record_key) not in (
                select hash(feed, scheme, record_key) from identity.link)),
            (select count(*) from identity.link where in_force_from is null),
            (select count(*) from identity.site),
            (select count(*) from identity.coordinate_proposal where status = 'proposed')
    """).fetchall()
    if lost:
        raise AssertionError(f"{lost} versions of records are not linked: none may be lost")
    counted = "select feed || '/' || method, count(*) from identity.link group by all order by all"
    links = con.execute(counted).fetchall()
    events = con.execute(
        "select event, count(*) from identity.site_event where after_release is not distinct from ?"
        " group by event order by event",
        [parent.name if parent else None],
    ).fetchall()
    return LinkSummary(records, sites, dict(links), dict(events), proposals)
