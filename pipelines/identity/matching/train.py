"""Training of the linking model: `python -m pipelines.identity.matching.train LABELLED.parquet MODEL.json`.

Here: the weights of the comparisons in linking.yaml from labelled records, and the model file. Not here: where
labelled records come from (benchmarks/identity writes those of a synthetic province), scoring (`probabilistic`).
"""

import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import typer

from pipelines.identity.config import load_linking
from pipelines.identity.matching.probabilistic import make_linker, untrained_settings

SEED = 2025
MAX_PAIRS = 2e7  # of the random pairs that give u


def train(features: pa.Table, config: Mapping[str, Any]) -> dict[str, Any]:
    """A model from features with a column `label`: true for the same place, one open record and site record each.

    u (agreement by chance) is counted on random pairs with a fixed seed, m (agreement of the same place) on the
    labelled pairs. No share is taken to be under `least_m` or `least_u` of the configuration: what never occurs in the
    labels may still occur. Same features and configuration, same model.

    Args:
        features: columns of features.sql and `label` (text; null: no counterpart known).
        config: section `probabilistic` of linking.yaml.

    Returns:
        `trained_on` (what the weights rest on) and `settings` (Splink's, with m and u).
    """
    is_open = features["is_open"]
    pairs = len(features.filter(is_open)) * len(features.filter(pc.invert(is_open)))
    same = _labelled_pairs(features)
    with duckdb.connect() as con:
        linker = make_linker(con, features, untrained_settings(config))
        linker.training.estimate_u_using_random_sampling(
            max_pairs=MAX_PAIRS, seed=SEED, min_count_per_level=None, num_chunks=1
        )
        linker.training.estimate_m_from_label_column("label")
        settings = linker.misc.save_model_to_json()
    for comparison in settings["comparisons"]:
        levels = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
        for level in levels:  # random pairs hold the labelled ones too: u is the share among the others
            level["u_probability"] = (level.get("u_probability", 0) * pairs - level.get("m_probability", 0) * same) / (
                pairs - same
            )
        _smooth(levels, "m_probability", config["least_m"])
        _smooth(levels, "u_probability", config["least_u"])
    settings["blocking_rules_to_generate_predictions"] = [
        {key: rule[key] for key in ("blocking_rule", "arrays_to_explode")}
        for rule in settings["blocking_rules_to_generate_predictions"]
    ]
    return {
        "trained_on": {
            "pairs": pairs,
            "labelled_pairs": same,
            "sha256": _fingerprint(features),
            "seed": SEED,
            "splink": version("splink"),
        },
        "settings": settings,
    }


def _labelled_pairs(features: pa.Table) -> int:
    """Pairs of an open record and a site record with one label."""
    per_label = features.group_by(["label", "is_open"]).aggregate([([], "count_all")]).to_pylist()
    counts = {(row["label"], row["is_open"]): row["count_all"] for row in per_label if row["label"] is not None}
    return sum(count * counts.get((label, False), 0) for (label, is_open), count in counts.items() if is_open)


def _smooth(levels: list[dict[str, Any]], name: str, least: float) -> None:
    """Shares of the levels, at least `least` each, adding up to 1; six significant digits."""
    shares = [max(level.get(name) or 0.0, least) for level in levels]
    for level, share in zip(levels, shares, strict=True):
        level[name] = float(f"{share / sum(shares):.6g}")


def _fingerprint(features: pa.Table) -> str:
    """SHA-256 over what is compared, records in order, as JSON lines."""
    digest = hashlib.sha256()
    for row in features.drop_columns(["block_keys"]).to_pylist():
        digest.update(json.dumps(row, ensure_ascii=False, sort_keys=True, default=str).encode())
    return digest.hexdigest()


def write(features: pa.Table, model: Path) -> None:
    """Train with the configuration of linking and write the model file."""
    trained = train(features, load_linking().probabilistic)
    model.parent.mkdir(parents=True, exist_ok=True)
    model.write_text(json.dumps(trained, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def main(
    labelled: Annotated[Path, typer.Argument(help="Parquet of labelled features")],
    model: Annotated[Path, typer.Argument(help="JSON file to write")],
) -> None:
    """Train the model of linking anew."""
    write(pq.read_table(labelled), model)


if __name__ == "__main__":
    typer.run(main)
