"""How dbt nodes are named in Dagster: keys, groups, checks.

Here: the translator only. Not here: running dbt. A key is [layer, name]; a source takes the key in its
`meta.dagster.asset_key`, so that dbt sources are the assets which the Python steps make.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator

from pipelines.orchestration.dbt_groups import group_of, is_critical, owner_of


class LayerTranslator(DagsterDbtTranslator):
    """Names dbt nodes by layer, and gives every data test exactly one owner."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        if dbt_resource_props["resource_type"] == "source":
            return super().get_asset_key(dbt_resource_props)
        return dg.AssetKey([layer_of(dbt_resource_props), dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return layer_of(dbt_resource_props)

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return dbt_resource_props.get("description") or f"dbt {dbt_resource_props['resource_type']}."

    def get_asset_check_spec(
        self, asset_spec: dg.AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: Any
    ) -> dg.AssetCheckSpec | None:
        test = manifest["nodes"][unique_id]
        if test["resource_type"] != "test":
            return None  # dbt unit tests examine the code, not this data
        key = check_key(manifest, unique_id, self)
        if key.asset_key != asset_spec.key:
            return None
        return dg.AssetCheckSpec(
            name=key.name,
            asset=key.asset_key,
            description=test.get("description") or None,
            blocking=is_critical(test),
        )


def layer_of(node: Mapping[str, Any]) -> str:
    """seeds, staging, intermediate or marts."""
    return "seeds" if node["resource_type"] == "seed" else group_of(node)


def check_key(manifest: Mapping[str, Any], test_id: str, translator: LayerTranslator) -> dg.AssetCheckKey:
    """The Dagster check that a dbt test is."""
    test = manifest["nodes"][test_id]
    owner = manifest["nodes"][owner_of(test, manifest)]
    return dg.AssetCheckKey(asset_key=translator.get_asset_key(owner), name=test["name"])
