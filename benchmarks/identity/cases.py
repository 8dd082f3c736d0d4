"""Real registers with a known truth: Czech 2019 and 2020, Idaho, Ningxia.

Here: tables of raw shape and the truth of each. Nothing of the cases is kept. Not here: the measures (`records`).
"""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.identity.records import read_raw

Case = tuple[dict[str, pd.DataFrame], pd.DataFrame]
IDAHO_MONITORED = {
    "7456": "Rathdrum Combustion Turbine Project",
    "7953": "Evander Andrews Power Complex",
    "55179": "Rathdrum Power, LLC",
    "55733": "Bennett Mountain Power Project",
    "57028": "Langley Gulch Power Plant",
}


def czech(cases: Path) -> Case:
    """Two years of one register as two registers whose ids say nothing; the truth is the ids that both years have."""
    folder = cases / "czech_2019_2020" / "raw"
    rng = np.random.default_rng(2020)
    heads = []
    for year, file in ((2019, "2019_zdroje_with_dms_coords.csv"), (2020, "2020_zdroje.csv")):
        table = pd.read_csv(folder / file, dtype=str)
        number = rng.permutation(len(table))
        place = (
            pd.DataFrame([_decimal(text) for text in table["souradnice"]]) if year == 2019 else table[["lat", "lon"]]
        )
        heads.append(
            pd.DataFrame(
                {
                    "scheme": f"CZ-{year}",
                    "record_key": [f"{year}-{n:05d}" for n in number],
                    "site_name": table["nazev"],
                    "address": table["ulice_cp"].fillna("") + ", " + table["psc_obec"].fillna(""),
                    "region_code": table["nuts3"],
                    "industry_code": table["nace"],
                    "rated_input_mw": pd.to_numeric(table["prikon"]),
                    "lat_deg": pd.to_numeric(place.iloc[:, 0]),
                    "lon_deg": pd.to_numeric(place.iloc[:, 1]),
                    "id": table["id"],
                }
            )
        )
    old, new = heads
    true_key = new["id"].map(old.set_index("id")["record_key"])
    truth = new[["scheme", "record_key"]].assign(true_scheme="CZ-2019", true_key=true_key)
    permits = pd.concat([old, new], ignore_index=True).drop(columns="id")
    return {"permit__site": permits.assign(profile="benchmark", source_file_id="", row_no=permits.index)}, truth


def idaho(cases: Path, home: Path) -> Case:
    """Facilities of the yearly report; five of them have hourly monitors, none shares a key with them."""
    tables = read_raw(
        cases / "us_idaho_2017", home, ("permit__site", "statistics__site", "statistics__emission", "monitoring__point")
    )
    facilities, points = tables["statistics__site"], tables["monitoring__point"]
    plant_of = {name: plant for plant, name in IDAHO_MONITORED.items()}
    plant = facilities["site_name"].map(plant_of)
    first = points.sort_values("monitor_key").drop_duplicates("site_key").set_index("site_key")["monitor_key"]
    truth = facilities[["scheme", "record_key"]].assign(true_scheme=points["scheme"].iloc[0], true_key=plant.map(first))
    return tables, truth.drop_duplicates("record_key")


def ningxia(cases: Path, home: Path) -> Case:
    """Enterprises with permits, and the outlets of a monitoring summary that gives the enterprise's name only."""
    folder = cases / "cn_ningxia"
    tables = read_raw(folder, home, ("permit__site",))
    summary = pd.read_csv(folder / "tidy" / "outlet_pollutant_monitoring_summary.csv", dtype=str)
    outlets = summary.drop_duplicates(["enterprise", "outlet"]).sort_values(["enterprise", "outlet"])
    points = pd.DataFrame(
        {
            "scheme": "NX-OUTLET",
            "monitor_key": outlets["enterprise"] + "/" + outlets["outlet"],
            "site_key": outlets["enterprise"],
            "site_name": outlets["enterprise"],
            "profile": "benchmark",
            "source_file_id": "",
            "row_no": range(len(outlets)),
        }
    )
    permits = tables["permit__site"].drop_duplicates("site_name").set_index("site_name")
    # One of the 220 is written with its operator in brackets in one of the files only.
    name = points["site_name"].where(
        points["site_name"].isin(permits.index), points["site_name"].str.split("（").str[0]
    )
    truth = pd.DataFrame(
        {
            "scheme": points["scheme"],
            "record_key": points["monitor_key"],
            "true_scheme": permits["scheme"].iloc[0],
            "true_key": name.map(permits["record_key"]),
        }
    )
    return tables | {"monitoring__point": points}, truth[~points["site_key"].duplicated()]


def _decimal(text: str) -> tuple[float, float]:
    """Degrees, minutes and seconds of latitude and longitude in degrees."""
    parts = [float(part) for part in re.findall(r"\d+(?:\.\d+)?", text)]
    return parts[0] + parts[1] / 60 + parts[2] / 3600, parts[3] + parts[4] / 60 + parts[5] / 3600
