"""Stage c of linking: how probable it is that an open record and a site are the same place (Splink on DuckDB).

Here: blocking, features and the scoring of pairs with the stored model. What is compared is configuration
(`probabilistic` in linking.yaml), the weights are the model's (`train` writes it). Not here: what is done with a
score (link, human queue: the stages), and ids of records, which the model never sees.
"""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.comparison_library import CustomComparison

ROOM = Path(__file__).parent
COLUMNS = (
    "left_feed varchar, left_scheme varchar, left_record_key varchar, right_feed varchar, right_scheme varchar,"
    " right_record_key varchar, site_id varchar, probability double, evidence varchar"
)
# Functions that the conditions of linking.yaml use. Grams end in four digits: their weight.
MACROS = """
create macro weight(grams) as list_sum([gram % 10000 for gram in grams]);
create macro common(one, other) as coalesce(weight(list_intersect(one, other)), 0);
create macro likeness(one, other) as common(one, other) / (weight(one) + weight(other) - common(one, other));
create macro containment(one, other) as common(one, other) / least(weight(one), weight(other));
create macro distance_km(lon, lat, lon2, lat2) as
    111.195 * sqrt(pow(lat - lat2, 2) + pow((lon - lon2) * cos(radians((lat + lat2) / 2)), 2));
"""


def score_pairs(con: duckdb.DuckDBPyConnection, config: Mapping[str, Any]) -> None:
    """Write `identity.scored_pair`: each open record with the best member of each site it may belong to.

    Reads `identity.keyed` and `identity.match` (a record without a row there is open). One row per open record and
    site: left and right feed, scheme and record_key, `site_id`, `probability` (0 to 1), `evidence` (the comparisons
    that agreed and those that did not). Same records, same rows, whatever their order.

    Args:
        con: the work file.
        config: section `probabilistic` of linking.yaml.
    """
    con.execute(f"create or replace table identity.scored_pair ({COLUMNS})")
    features = read_features(con, config)
    model = json.loads((ROOM / config["model"]).read_text(encoding="utf-8"))
    [(sites,)] = con.execute("select count(distinct site_id) from side_record where not is_open").fetchall()
    if features.num_rows == 0 or sites == 0:
        return
    settings = model["settings"] | {
        "probability_two_random_records_match": min(0.5, config["expected_match_share"] / sites)
    }
    con.register("identity_scores", predict(features, settings, config["least_probability"]))
    query = (
        (ROOM / "scored_pair.sql")
        .read_text(encoding="utf-8")
        .format(
            evidence=_evidence_sql(settings),
            objections=" ".join(f"when {rule['sql']} then '{rule['label']}'" for rule in config["objections"]),
            contested=config["contested"],
        )
    )
    con.execute(query, {"single_entry_feeds": list(config["single_entry_feeds"])})
    con.unregister("identity_scores")


def read_features(con: duckdb.DuckDBPyConnection, config: Mapping[str, Any]) -> pa.Table:
    """Records that share a block, with what is compared; leaves the temp tables `side_record` and `feature`."""
    for part in ("blocking.sql", "features.sql"):
        con.execute((ROOM / part).read_text(encoding="utf-8").format(**config["blocking"]))
    return con.sql("select * from feature order by unique_id").to_arrow_table()


def predict(features: pa.Table, settings: Mapping[str, Any], least_probability: float) -> pa.Table:
    """Pairs with `match_weight` (log2 of the odds) and `gamma_<comparison>`, from a database of Splink's own."""
    with duckdb.connect() as con:
        linker = make_linker(con, features, settings)
        pairs = linker.inference.predict(threshold_match_probability=least_probability)
        columns = "unique_id_l, unique_id_r, match_weight, columns('^gamma_')"
        return con.sql(f"select {columns} from {pairs.physical_name}").to_arrow_table()


def make_linker(con: duckdb.DuckDBPyConnection, features: pa.Table, settings: Mapping[str, Any]) -> Linker:
    """A linker between the open records and the members of sites in `features`."""
    logging.getLogger("splink").setLevel(logging.ERROR)  # its advice is for notebooks
    con.execute(MACROS)
    con.register("features", features)
    api = DuckDBAPI(con)
    sides = []
    for name, condition in (("open", "is_open"), ("site", "not is_open")):
        con.execute(f"create table {name}_feature as select * from features where {condition} order by unique_id")
        sides.append(api.register(f"{name}_feature", dataset_display_name=f"{name}_record"))
    return Linker(sides, dict(settings), log_level=None, validate_settings=False)


def untrained_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """Splink's settings of the comparisons in the configuration, without weights."""
    comparisons: list[Any] = []
    for comparison in config["comparisons"]:
        nulls = " or ".join(f"{column}_{side} is null" for column in comparison["columns"] for side in "lr")
        if "unknown" in comparison:
            nulls += f" or ({comparison['unknown']})"
        levels: list[Any] = [{"sql_condition": nulls, "label_for_charts": "unknown", "is_null_level": True}]
        levels += [
            {"sql_condition": level["sql"], "label_for_charts": level["label"]} for level in comparison["levels"]
        ]
        levels += [{"sql_condition": "ELSE", "label_for_charts": "other"}]
        comparisons.append(
            CustomComparison(
                output_column_name=comparison["name"].replace(" ", "_"),
                comparison_levels=levels,
                comparison_description=comparison["name"],
            )
        )
    return SettingsCreator(
        link_type="link_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=[block_on("block_keys", arrays_to_explode=["block_keys"])],
        retain_matching_columns=True,  # without them no gamma columns: the evidence
        retain_intermediate_calculation_columns=False,
        unique_id_column_name="unique_id",
        linker_uid="identity",
    ).create_settings_dict("duckdb")


def _evidence_sql(settings: Mapping[str, Any]) -> str:
    """The labels of the levels that a pair reached, strongest comparison of the settings first."""
    parts = []
    for comparison in settings["comparisons"]:
        name = comparison["output_column_name"]
        levels = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
        cases = " ".join(
            f"when {value} then '{level['label_for_charts'] if value else 'other ' + name.replace('_', ' ')}'"
            for value, level in zip(reversed(range(len(levels))), levels, strict=True)
        )
        parts.append(f"case gamma_{name} {cases} end")
    return f"concat_ws('; ', {', '.join(parts)})"
