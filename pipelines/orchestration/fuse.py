"""The Python steps between the dbt groups: identity, monitoring, uncertainty.

Here: the Dagster assets and which function of a room each calls. Not here: linking (`identity/`), hours
(`monitoring/`), simulation (`uncertainty/`), SQL (dbt).
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import dagster as dg
import duckdb

from pipelines.home import Home
from pipelines.orchestration.arrival import Arrival
from pipelines.orchestration.ingest import LANDING
from pipelines.orchestration.steps import (
    LOCK,
    WRITER_POOL,
    errors_as_sentences,
    row_counts,
    source_keys,
    source_specs,
    work_file,
)

Build = Callable[[duckdb.DuckDBPyConnection, Arrival], Any]


def identity_assets(home: Home, manifest: Mapping[str, Any], after: list[dg.AssetKey]) -> dg.AssetsDefinition:
    """Links between the feeds' records and sites; sites keep the ids that the current release gave them."""

    def build(con: duckdb.DuckDBPyConnection, arrival: Arrival) -> Any:
        from pipelines.identity import link_records

        parent = home.current.resolve() if home.current.exists() else None
        return link_records(con, parent, arrival.decisions, arrival.code)

    return _room("identity", home, manifest, after, build)


def monitoring_assets(
    home: Home, manifest: Mapping[str, Any], after: list[dg.AssetKey]
) -> dg.AssetsDefinition:
    """Accepted and filled hours, and the capture of each quarter."""

    def build(con: duckdb.DuckDBPyConnection, _: Arrival) -> Any:
        from pipelines.monitoring import build_hours

        return build_hours(con)

    return _room("monitoring", home, manifest, after, build)


def uncertainty_assets(
    home: Home, manifest: Mapping[str, Any], after: list[dg.AssetKey]
) -> dg.AssetsDefinition:
    """Simulated 95 % intervals of every total."""

    def build(con: duckdb.DuckDBPyConnection, _: Arrival) -> Any:
        from pipelines.uncertainty import build_intervals

        return build_intervals(con)

    return _room("uncertainty", home, manifest, after, build)


def _room(
    name: str, home: Home, manifest: Mapping[str, Any], after: list[dg.AssetKey], build: Build
) -> dg.AssetsDefinition:
    """The tables that dbt reads from a room, made by one function on the work file."""
    keys = source_keys(manifest, name)

    @dg.multi_asset(
        name=name,
        specs=source_specs(manifest, name, deps=[LANDING, *after]),
        ins={"arrival": dg.AssetIn(key=LANDING)},
        pool=WRITER_POOL,
        required_resource_keys={LOCK},
    )
    def room(context: dg.AssetExecutionContext, arrival: Arrival) -> Iterator[dg.MaterializeResult]:
        with errors_as_sentences(), work_file(home) as con:
            summary = build(con, arrival)
            rows = row_counts(con, keys)
        context.log.info(
            f"{name}: {json.dumps(vars(summary) if hasattr(summary, '__dict__') else summary, default=str)}"
        )
        for key in keys:
            yield dg.MaterializeResult(asset_key=key, metadata={"dagster/row_count": rows[key]})

    return room
