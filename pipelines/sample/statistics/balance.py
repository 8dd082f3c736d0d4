"""The energy balance of the province and its counties: a row per item, a column per fuel, in physical units.

Here: what is truly burnt by plants and at home, and the statistical difference between supply and use. Not here: what
plants report of their fuel (`units`). Fuels that balances do not name (waste, biomass) are left out.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipelines.sample import feed, files, noise
from pipelines.sample.hours import Hours
from pipelines.sample.world import Streams, World

NAME = "statistics/synthetic_energy_balance.xlsx"
# Fuel → its column, and how many of the fuel's own units (t, 1e4 m3) one unit of the column holds.
COLUMNS = {
    "bituminous_coal": (("原煤", "万吨"), 1e4),
    "lpg": (("液化石油气", "万吨"), 1e4),
    "natural_gas": (("天然气", "亿立方米"), 1e4),
}
ITEMS = ("可供本地区消费的能源量", "火力发电", "工业", "居民生活", "平衡差额")
FOOTER = [["注：合成数据"]]


def write(
    out: Path, world: World, hours: Hours, area: pd.DataFrame, streams: Streams
) -> tuple[dict[str, int], list[dict[str, str]]]:
    """Write the workbook; return its rows and its entry of `feeds.yaml`."""
    used = pd.concat([_plants(world, hours), _homes(area)])
    used = used.groupby(["region", "item", "fuel"], as_index=False)["amount"].sum()
    province = used.groupby(["item", "fuel"], as_index=False)["amount"].sum()
    code = str(world.territory.settings["territory"])
    rng = streams.of("energy balance")
    balances = pd.concat([_balanced(used, rng), _balanced(province.assign(region=code), rng)])
    table = balances.pivot_table(index=["region", "item"], columns="fuel", values="amount", aggfunc="sum")
    headers: list[str | tuple[str, str]] = ["行政区划代码", "项目", "统计期起", "统计期止"]
    headers += [column for column, _ in COLUMNS.values()]
    rows: list[list[Any]] = []
    for region in [code, *sorted(set(table.index.get_level_values("region")) - {code})]:
        for item in ITEMS:
            if (region, item) in table.index:
                amounts = table.loc[(region, item)].reindex(list(COLUMNS))
                given = [amount / per for amount, (_, per) in zip(amounts, COLUMNS.values(), strict=True)]
                rows.append([region, item, *world.period, *feed.significant(np.array(given), 6)])
    title = f"{world.year}年地区能源平衡表（实物量）"
    count = files.write_workbook(out / NAME, "能源平衡表", title, headers, rows, FOOTER)
    return {NAME: count}, [{"feed": "statistics", "profile": "cn-energy-balance", "path": NAME}]


def _plants(world: World, hours: Hours) -> pd.DataFrame:
    """Fuel truly burnt in plants, by county: power and heat apart from industry."""
    site = world.sites.iloc[world.outlets["site"]]
    table = pd.DataFrame(
        {
            "region": site["county"].to_numpy(),
            "item": np.where(site["source_class"] == "power_heat", "火力发电", "工业"),
            "fuel": world.outlets["fuel"].to_numpy(),
            "amount": hours.fuel(),
        }
    )
    return table[table["fuel"].isin(list(COLUMNS)) & (table["amount"] > 0)]


def _homes(area: pd.DataFrame) -> pd.DataFrame:
    """Fuel of households and services: what makes the true CO2 of the class."""
    life = area[(area["source_class"] == "life") & (area["species"] == "CO2")]
    county = life.groupby("county")["kg"].sum()
    frames = [
        pd.DataFrame({"region": county.index, "item": ITEMS[3], "fuel": fuel, "amount": county * share / per})
        for fuel, (share, per) in noise.HOME_FUELS.items()
    ]
    return pd.concat(frames)


def _balanced(used: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Use with supply and the statistical difference between them: a draw per region and fuel."""
    total = used.groupby(["region", "fuel"], as_index=False)["amount"].sum()
    difference = total["amount"] * noise.STATISTICAL_DIFFERENCE * rng.standard_normal(len(total))
    return pd.concat(
        [
            used,
            total.assign(item="可供本地区消费的能源量", amount=total["amount"] + difference),
            total.assign(item="平衡差额", amount=difference),
        ]
    )
