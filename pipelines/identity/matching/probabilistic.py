"""Stage c of linking: how probable it is that an open record and a site are the same place (Splink on DuckDB).

Here: blocking, features and the scoring of pairs with the stored model. What is compared is configuration
(`probabilistic` in linking.yaml), the weights are the model's (`train` writes it). Not here: what is done with a
score (link, human queue: the stages), and ids of records, which the model never sees.
"""

import json
import logging
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from pipelines.codes.spelling import quote
from pipelines.identity.matching.affected import Widespread, keep_statistic

if TYPE_CHECKING:  # Splink takes long to import: only where there is something to score
    from splink import Linker

ROOM = Path(__file__).parent
MOST_MOVED = 50  # pieces of names whose weight changed, beyond which all is linked anew
# Functions that the conditions of linking.yaml use. Grams end in four bits: the power of two of their rarity.
MACROS = """
create macro weight(grams) as list_sum([0.01 + gram % 16 for gram in grams]);
create macro common(one, other) as coalesce(weight(list_intersect(one, other)), 0);
create macro likeness(one, other) as common(one, other) / (weight(one) + weight(other) - common(one, other));
create macro containment(one, other) as common(one, other) / least(weight(one), weight(other));
create macro distance_km(lon, lat, lon2, lat2) as
    111.195 * sqrt(pow(lat - lat2, 2) + pow((lon - lon2) * cos(radians((lat + lat2) / 2)), 2));
"""


def begin(con: duckdb.DuckDBPyConnection, config: Mapping[str, Any], whole: bool) -> None:
    """Weights of pieces of names for this linking, and records whose pieces weigh otherwise than in the last one.

    Leaves the macro `rarity` and the temp table `reweighed` (row_no).

    Raises:
        Widespread: the number of names is of another power of two, or many pieces changed their weight.
    """
    [(names,)] = con.execute(
        "select count(distinct hash(name_key)) from identity.every_keyed where name_key is not null"
    ).fetchall()
    power, most = _power(names), _power(config["blocking"]["rarest_piece"])
    keep_statistic(con, "names", power, whole)
    con.execute(f"""
        create or replace temp macro rarity(names) as
        cast(least({most}, greatest(0, {power} - round(log2(names)))) as bigint)
    """)
    columns = ", ".join(f"gamma_{_column(comparison)} integer" for comparison in config["comparisons"])
    con.execute(
        "create table if not exists identity.raw_pair"
        f" (register_no bigint, open_no bigint, member_no bigint, match_weight double, {columns})"
    )
    moved = [] if whole else con.execute("""
        select gram from changed_gram
        where before > 0 and after > 0 and rarity(greatest(before, 1)) <> rarity(greatest(after, 1)) order by gram
    """).fetchall()  # fmt: skip
    if len(moved) > MOST_MOVED:
        raise Widespread("pieces of names")
    condition = " or ".join(f"contains(name_key, {quote(gram)})" for (gram,) in moved) or "false"
    con.execute(f"create or replace temp table reweighed as select row_no from identity.every_keyed where {condition}")


def score_pairs(con: duckdb.DuckDBPyConnection, config: Mapping[str, Any], register_no: int, whole: bool) -> None:
    """Write the temp table `scored_pair`: each open record of a register with the best member of each site.

    Reads `identity.every_keyed`, `identity.match` and temp `still_open` (row_no, entity: the open records),
    `former_open` (row_no: those of the last linking). Pairs of which neither side changed keep their weight
    (`identity.raw_pair`). One row per open record and site: left and right feed, scheme and record_key, `site_id`,
    `probability` (0 to 1), `evidence` (the comparisons that agreed and those that did not). Same records, same rows,
    whatever their order.

    Args:
        con: the work file.
        config: section `probabilistic` of linking.yaml.
        register_no: number of the register; sites are those of the registers before it and of its linked records.
        whole: nothing is known from the last linking.

    Raises:
        Widespread: the number of sites is of another power of two than in the last linking.
    """
    [(sites,)] = con.execute("""
        select count(distinct hash(site_id)) from identity.match
        where (feed, scheme) in (select (feed, scheme) from register where register_no < $register_no)
    """, {"register_no": register_no}).fetchall()  # fmt: skip
    keep_statistic(con, f"sites before register {register_no}", _power(sites), whole)
    features = read_features(con, config, register_no)
    model = json.loads((ROOM / config["model"]).read_text(encoding="utf-8"))
    prior = min(0.5, config["expected_match_share"] / 2 ** _power(sites))
    settings = model["settings"] | {"probability_two_random_records_match": prior}
    con.execute("delete from identity.raw_pair where register_no = $register_no", {"register_no": register_no})
    con.execute("insert into identity.raw_pair from kept_pair")
    if features.num_rows:
        con.register("identity_scores", predict(features, settings, config["least_probability"]))
        con.execute("""
            insert into identity.raw_pair
            select $register_no, new.* from identity_scores as new
            anti join kept_pair on kept_pair.open_no = new.unique_id_l and kept_pair.member_no = new.unique_id_r
        """, {"register_no": register_no})  # fmt: skip
        con.unregister("identity_scores")
    query = (
        (ROOM / "scored_pair.sql")
        .read_text(encoding="utf-8")
        .format(
            evidence=_evidence_sql(settings),
            objections=" ".join(f"when {rule['sql']} then '{rule['label']}'" for rule in config["objections"]),
            contested=config["contested"],
            register_no=register_no,
        )
    )
    con.execute(query, {"single_entry_feeds": list(config["single_entry_feeds"])})


def read_features(con: duckdb.DuckDBPyConnection, config: Mapping[str, Any], register_no: int) -> pa.Table:
    """Records that share a block and are to be compared, with what is compared; leaves the temp table `feature`."""
    con.execute("""
        create or replace temp table fresh_row as
        select row_no from came where register_no <= $register_no
        union select row_no from reweighed
        union (from still_open select row_no except from former_open)
    """, {"register_no": register_no})  # fmt: skip
    con.execute(f"set variable register_no = {register_no}")
    for part in ("blocking.sql", "features.sql"):
        con.execute((ROOM / part).read_text(encoding="utf-8").format(**config["blocking"]))
    return con.sql("select * from feature order by unique_id").to_arrow_table()


def _power(count: int) -> int:
    """The power of two next to a number, on the scale of its logarithm."""
    return round(math.log2(max(count, 1)))


def _column(comparison: Mapping[str, Any]) -> str:
    return str(comparison["name"]).replace(" ", "_")


def predict(features: pa.Table, settings: Mapping[str, Any], least_probability: float) -> pa.Table:
    """Pairs with `match_weight` (log2 of the odds) and `gamma_<comparison>`, from a database of Splink's own."""
    with duckdb.connect() as con:
        linker = make_linker(con, features, settings)
        pairs = linker.inference.predict(threshold_match_probability=least_probability)
        columns = "unique_id_l, unique_id_r, match_weight, columns('^gamma_')"
        return con.sql(f"select {columns} from {pairs.physical_name}").to_arrow_table()


def make_linker(con: duckdb.DuckDBPyConnection, features: pa.Table, settings: Mapping[str, Any]) -> "Linker":
    """A linker between the open records and the members of sites in `features`."""
    from splink import DuckDBAPI, Linker

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
    from splink import SettingsCreator, block_on
    from splink.comparison_library import CustomComparison

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
                output_column_name=_column(comparison),
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
