"""Which dbt node runs in which group, and where a test belongs.

Here: pure reading of the manifest. Not here: running anything. dbt is split at every gate, because a failing
test does not stop later models of the same invocation's group in Dagster; and each node stands in exactly one
group, so that a test whose parents lie in two groups runs once, in the later one, when both parents exist.
"""

from collections.abc import Iterable, Mapping
from typing import Any

GROUPS = ("staging", "intermediate", "marts")  # in the order they run; seeds go with staging
ASSET_TYPES = ("model", "seed", "snapshot")


def group_of(node: Mapping[str, Any]) -> str:
    """The group of a model or seed: its top folder below `models/`.

    Raises:
        ValueError: the model stands in no known folder.
    """
    if node["resource_type"] == "seed":
        return GROUPS[0]
    folder = str(node["fqn"][1])
    if folder not in GROUPS:
        raise ValueError(
            f"{node['unique_id']} stands in models/{folder}; expected one of {', '.join(GROUPS)}"
        )
    return folder


def owner_of(test: Mapping[str, Any], manifest: Mapping[str, Any]) -> str:
    """The node that a test is a check of: the one it is written on, unless another parent is built later.

    Raises:
        ValueError: the test reads no model or seed (tests on sources belong to the raw gate).
    """
    parents = [uid for uid in sorted(test["depends_on"]["nodes"]) if uid in manifest["nodes"]]
    if not parents:
        raise ValueError(f"dbt test {test['name']} reads no model or seed; write it for the raw gate instead")
    last = max(_order(uid, manifest) for uid in parents)
    latest = [uid for uid in parents if _order(uid, manifest) == last]
    attached = test.get("attached_node")
    return str(attached) if attached in latest else latest[0]


def group_nodes(manifest: Mapping[str, Any]) -> dict[str, list[str]]:
    """unique_ids of models, seeds and data tests per group; every one of them stands in exactly one."""
    groups: dict[str, list[str]] = {group: [] for group in GROUPS}
    for unique_id, node in sorted(manifest["nodes"].items()):
        if node["resource_type"] == "test":
            owner = manifest["nodes"][owner_of(node, manifest)]
            groups[group_of(owner)].append(unique_id)
        elif node["resource_type"] in ASSET_TYPES:
            groups[group_of(node)].append(unique_id)
    return groups


def is_critical(test: Mapping[str, Any]) -> bool:
    """True if a failure of this test must stop the run."""
    return (test["config"].get("severity") or "error").lower() == "error"


def data_tests(unique_ids: Iterable[str]) -> list[str]:
    """The tests among these nodes."""
    return [unique_id for unique_id in unique_ids if unique_id.startswith("test.")]


def _order(unique_id: str, manifest: Mapping[str, Any]) -> int:
    return GROUPS.index(group_of(manifest["nodes"][unique_id]))
