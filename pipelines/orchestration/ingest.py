"""The steps before dbt: landing, raw, the gate on raw.

Here: the Dagster assets and the check, and which function of a room each calls. Not here: reading files
(`feeds/`), rules (`gate/`).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import Field

from pipelines.feeds.store.raw import RawReceipt, write_raw
from pipelines.feeds.store.workfile import register_raw
from pipelines.gate import expected_checks, run_raw_gate, store_rows
from pipelines.home import Home
from pipelines.orchestration import gates
from pipelines.orchestration.arrival import Arrival, arrive, default_feeds
from pipelines.orchestration.stages import UNREADABLE
from pipelines.orchestration.steps import (
    LOCK,
    WRITER_POOL,
    errors_as_sentences,
    row_counts,
    source_keys,
    source_specs,
    work_file,
)

LANDING = dg.AssetKey(["landing", "files"])
WHOLE_BATCH = dg.AssetKey(["raw", "source_file"])  # bears the checks that concern all tables together


class RefreshConfig(dg.Config):
    """What to refresh.

    No `feeds`: FUSEDINV_FEEDS, else the sample in the home. No `years`: those of the feed set.
    """

    feeds: str = ""
    years: list[int] = Field(default_factory=list)
    force: bool = False


def landing_asset(home: Home) -> dg.AssetsDefinition:
    """Files as received, with receipts."""

    @dg.multi_asset(
        name="landing",
        outs={"files": dg.AssetOut(key=LANDING, group_name="landing", dagster_type=Arrival, kinds={"file"},
                                   description="Feed files as received, byte for byte, with receipts.")},
        required_resource_keys={LOCK},
    )  # fmt: skip
    def landing(context: dg.AssetExecutionContext, config: RefreshConfig) -> dg.Output[Arrival]:
        feeds = Path(config.feeds) if config.feeds else default_feeds(home)
        with errors_as_sentences():
            arrival = arrive(home, feeds, config.years, config.force)
        size = sum(receipt.size_bytes for receipt in arrival.receipts)
        return dg.Output(arrival, metadata={"dagster/row_count": len(arrival.receipts), "bytes": size})

    return landing


def raw_assets(home: Home, manifest: Mapping[str, Any]) -> dg.AssetsDefinition:
    """Every raw table.

    If the current release was made of the same input it makes nothing, and Dagster skips all later steps.
    """
    keys = source_keys(manifest, "raw")

    @dg.multi_asset(
        name="raw",
        specs=source_specs(manifest, "raw", deps=[LANDING], skippable=True),
        ins={"arrival": dg.AssetIn(key=LANDING)},
        pool=WRITER_POOL,
        required_resource_keys={LOCK},
    )
    def raw(context: dg.AssetExecutionContext, arrival: Arrival) -> Iterator[dg.MaterializeResult]:
        if arrival.release_id:
            context.log.info(
                f"Nothing new: release {arrival.release_id} was made of the same input, rules and code."
            )
            return
        with errors_as_sentences(), work_file(home) as con:
            read = write_raw(home, arrival.receipts, arrival.feed_set)
            register_raw(con, home, arrival.receipts, arrival.feed_set)
            rows = row_counts(con, keys)
        unreadable = _unreadable(arrival, read)
        for line in unreadable:
            context.log.warning(line)
        for key in keys:
            told = {UNREADABLE: dg.MetadataValue.md("\n".join(f"- {line}" for line in unreadable))}
            more = told if unreadable and key == WHOLE_BATCH else {}
            yield dg.MaterializeResult(asset_key=key, metadata={"dagster/row_count": rows[key], **more})

    return raw


def _unreadable(arrival: Arrival, read: Sequence[RawReceipt]) -> list[str]:
    """The files that could not be read, each with its reason."""
    return [
        f"{receipt.file_name} ({receipt.feed}, {receipt.profile}): {raw.told['en']}"
        for receipt, raw in zip(arrival.receipts, read, strict=True)
        if raw.unreadable
    ]


def raw_gate(home: Home, manifest: Mapping[str, Any]) -> dg.AssetChecksDefinition:
    """The gate on the raw tables: one blocking check per table."""
    assets = {key.path[-1]: key for key in source_keys(manifest, "raw")}
    places = gates.check_places(expected_checks("raw"), assets, WHOLE_BATCH, "gate")

    @dg.multi_asset_check(
        name="gate_raw",
        specs=gates.check_specs(places, also_reads=[LANDING]),
        ins={"arrival": dg.AssetIn(key=LANDING)},
        pool=WRITER_POOL,
        required_resource_keys={LOCK},
    )
    def gate_raw(context: dg.AssetCheckExecutionContext, arrival: Arrival) -> Iterator[dg.AssetCheckResult]:
        feeds = {entry.feed for entry in arrival.feed_set.entries}
        with errors_as_sentences():
            with work_file(home) as con:
                rows = run_raw_gate(con, feeds, datetime.now(UTC).date())
            store_rows(home, context.run.run_id, "raw", rows)
        yield from gates.check_results(rows, places)
        with errors_as_sentences():
            gates.require(rows)

    return gate_raw
