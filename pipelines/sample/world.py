"""The plants of the synthetic province: who and where they are, what they burn and how well they control it.

Here: everything that is true of a plant before the first hour (static tables). Not here: hours (`hours`),
and nothing that a feed gets wrong (`permit`, `survey`, `stack`).
"""

from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np
import pandas as pd

from pipelines.sample import codes, dust, holders, noise
from pipelines.sample.territory import Territory

POLLUTANTS = ("SO2", "NOx", "PM", "CO", "VOCs", "NH3")
GASES = ("CO2", "CO2_bio", "CH4", "N2O")
SPECIES = POLLUTANTS + GASES + dust.SPECIES


@dataclass(frozen=True)
class Streams:
    """Named random streams of one seed: a change in one part leaves the draws of the others as they were.

    What lasts over the years (plants, habits, lists) draws from `of`; what happens anew every year from `of_year`.
    """

    seed: int
    later: int = 0  # years after the first one

    def of(self, name: str) -> np.random.Generator:
        return np.random.default_rng([self.seed, crc32(name.encode())])

    def of_year(self, name: str) -> np.random.Generator:
        entropy = [self.seed, crc32(name.encode())]
        return np.random.default_rng([*entropy, self.later] if self.later else entropy)


@dataclass(frozen=True)
class World:
    """Static truth.

    sites: one row per plant. outlets: one row per stack; empty code for what leaves by no stack.
    lines: one row per production line; outlets refer to a line, or to −1 for the mean of the plant's lines.
    """

    territory: Territory
    year: int
    months: int
    scale: float  # share of the real province that the area sources stand for
    sites: pd.DataFrame
    outlets: pd.DataFrame
    lines: pd.DataFrame
    registrations: pd.DataFrame
    reported: int  # months of which the feeds tell; fewer than `months` in an unfinished year

    @property
    def is_finished(self) -> bool:
        """True if the year is over for those who report: yearly forms exist."""
        return self.reported == self.months

    @property
    def reported_until(self) -> str:
        """Last day of which the feeds tell, ISO 8601."""
        return self.day(self.month_starts[self.reported] - 1)

    @property
    def start(self) -> np.datetime64:
        return np.datetime64(f"{self.year}-01-01T00", "h")

    @property
    def month_starts(self) -> np.ndarray:
        """First hour of each month and the end, as hours from the start (months + 1 values)."""
        months = np.datetime64(f"{self.year}-01", "M") + np.arange(self.months + 1)
        return (months.astype("datetime64[h]") - self.start).astype(int)

    @property
    def hours(self) -> int:
        return int(self.month_starts[-1])

    @property
    def period(self) -> tuple[str, str]:
        """First and last day of the simulated time, ISO 8601."""
        return str(self.start.astype("datetime64[D]")), self.day(self.hours - 1)

    def day(self, hour: int) -> str:
        return str((self.start + hour).astype("datetime64[D]"))


def build(territory: Territory, sites: int, months: int, seed: int, year: int) -> World:
    """Draw the province. Same arguments, same world."""
    streams = Streams(seed)
    heads = _sites(territory, sites, year, streams)
    lines = _lines(heads, streams.of("lines"))
    outlets = _outlets(territory, heads, lines, streams.of("outlets"))
    _draw_dust(territory, heads, outlets, streams.of("dust"))
    scale = sites / territory.settings["plants_represented"]
    registrations = holders.registrations(territory, heads, year, streams.of("registrations"))
    return World(territory, year, months, scale, heads, outlets, lines, registrations, months)


def following(world: World, streams: Streams, reported: int) -> World:
    """The same plants one year later: load and true factors have drifted a little."""
    rng, lines, outlets = streams.of_year("drift"), world.lines.copy(), world.outlets.copy()
    swing = np.exp(noise.YEAR_DRIFT_LOAD * rng.standard_normal(len(world.sites)))
    lines["utilisation"] = np.clip(lines["utilisation"] * swing[lines["site"]], 0.3, 0.95)
    for species in POLLUTANTS:
        outlets[f"ef_{species}"] *= np.exp(noise.YEAR_DRIFT_FACTOR * rng.standard_normal(len(outlets)))
    return replace(world, year=world.year + 1, lines=lines, outlets=outlets, reported=reported)


def _kinds(plants: pd.DataFrame, count: int) -> np.ndarray:
    """Index of the plant kind of each site: shares by largest remainder; core kinds come first."""
    wanted = plants["share"].to_numpy() * count
    got = np.floor(wanted).astype(int)
    rank = np.where((got == 0) & (plants["core"] == 1), 1.0, 0.0) + (wanted - got)
    got[np.argsort(-rank, kind="stable")[: count - got.sum()]] += 1
    return np.repeat(np.arange(len(plants)), got)


def _sites(territory: Territory, count: int, year: int, streams: Streams) -> pd.DataFrame:
    rng, plants = streams.of("sites"), territory["plants"]
    kind = plants.iloc[_kinds(plants, count)].reset_index(drop=True)
    place = holders.placed(rng, territory.counties, "industry_1e8", count)
    sites = pd.DataFrame(
        {
            "site_uid": [f"S{i + 1:04d}" for i in range(count)],
            "county": place["code"],
            "county_name": place["name"],
            "city": place["city_code"],
            "lon": place["lon"],
            "lat": place["lat"],
            "industry": [choice[rng.integers(len(choice))] for choice in kind["industries"].str.split("|")],
            "management": np.where(
                kind["registered"] == 1,
                "registration",
                np.where(rng.random(count) < kind["key_share"], "key", "simplified"),
            ),
        }
    )
    sites = sites.join(
        kind[
            [
                "type",
                "source_class",
                "units_min",
                "units_max",
                "shape",
                "stops_per_year",
                "stop_days",
                "holiday_days",
                "winter_days",
                "tagged",
                "co_in_form",
            ]
        ]
    )
    sites["units"] = rng.integers(kind["units_min"], kind["units_max"] + 1)
    names = streams.of("names")
    sites["name"] = codes.names(
        names, list(sites["county_name"]), list(kind["word"]), territory.settings["name_syllables"]
    )
    sites["uscc"] = codes.credit_codes(names, list(sites["county"]))
    sites["serial"] = 1
    holders.share_owners(sites, names)
    holders.date_permits(sites, rng, year)
    letter = np.where(
        sites["management"] == "registration",
        names.choice(list("WXYZ"), count),
        names.choice(list("PVQRUS"), count),
    )
    sites["permit"] = [
        f"{u}{s:03d}{x}" for u, s, x in zip(sites["uscc"], sites["serial"], letter, strict=True)
    ]
    return sites


def _lines(sites: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """One row per production line, with its size draw (standard normal)."""
    site = np.repeat(np.arange(len(sites)), sites["units"])
    unit = np.concatenate([np.arange(1, n + 1) for n in sites["units"]])
    plant = rng.standard_normal(len(sites))[site]
    return pd.DataFrame(
        {
            "site": site,
            "unit": unit,
            "size": 0.8 * plant + 0.6 * rng.standard_normal(len(site)),  # lines of one plant are alike
            "utilisation": rng.uniform(0.55, 0.9, len(site)),
        }
    )


def _outlets(
    territory: Territory, sites: pd.DataFrame, lines: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Stacks and the diffuse part of every plant, with true fuel quality and true factors after control."""
    templates = territory["outlets"].reset_index(names="template")
    unit = (
        lines.join(sites["type"], on="site")
        .reset_index(names="line")
        .merge(templates[templates["repeat"] == "unit"], on="type")
    )
    whole = pd.DataFrame({"site": np.arange(len(sites)), "type": sites["type"], "line": -1, "unit": 0}).merge(
        templates[templates["repeat"] == "site"], on="type"
    )
    relative = np.exp(lines["size"] * 0.4).groupby(lines["site"]).sum() / (
        (sites["units_min"] + sites["units_max"]) / 2
    )
    unit["rate"] *= np.exp(unit["rate_sigma"] * unit["size"])
    whole["rate"] *= relative.reindex(whole["site"]).to_numpy() * np.exp(
        0.15 * rng.standard_normal(len(whole))
    )
    outlets = pd.concat([unit, whole]).sort_values(["site", "unit", "template"], kind="stable")
    # stacks of the lines come first, then those of the whole plant
    outlets = outlets.assign(last=outlets["unit"] == 0).sort_values(["site", "last"], kind="stable")
    outlets = outlets.drop(columns=["last", "type", "size", "repeat"]).reset_index(drop=True)
    _name_outlets(outlets, sites)
    _draw_fuels(territory, outlets, rng)
    _draw_factors(outlets, rng)
    key = sites["management"].to_numpy()[outlets["site"]] == "key"
    outlets.loc[~key & (outlets["kind"] == "main"), "kind"] = "general"
    outlets["has_cems"] = (outlets["kind"] == "main") & (rng.random(len(outlets)) < outlets["cems"])
    return outlets


def _name_outlets(outlets: pd.DataFrame, sites: pd.DataFrame) -> None:
    stack = outlets["kind"] != "fugitive"
    number = stack.astype(int).groupby(outlets["site"]).cumsum()
    outlets["code"] = [f"DA{n:03d}" if s else "" for n, s in zip(number, stack, strict=True)]
    outlets["name"] = [f"{u}号{n}" if u else n for u, n in zip(outlets["unit"], outlets["name"], strict=True)]
    outlets["site_uid"] = sites["site_uid"].to_numpy()[outlets["site"]]


def _draw_fuels(territory: Territory, outlets: pd.DataFrame, rng: np.random.Generator) -> None:
    """True fuel quality: plants buy their own coal, so the plant's draw weighs more than the stack's."""
    fuels = outlets[["fuel"]].merge(territory["fuels"], left_on="fuel", right_on="fuel_code", how="left")
    for column, spread in (
        ("ncv", "ncv_sd"),
        ("carbon_t_gj", "carbon_sd"),
        ("fossil_share", "fossil_sd"),
        ("sulphur", "sulphur_sd"),
        ("ash", "ash_sd"),
    ):
        plant = rng.standard_normal(int(outlets["site"].max()) + 1)[outlets["site"]]
        draw = np.clip(0.9 * plant + 0.436 * rng.standard_normal(len(outlets)), -2.2, 2.2)
        outlets[column] = np.maximum(fuels[column] + fuels[spread] * draw, 0.1 * fuels[column]).to_numpy()
    outlets["sulphur_median"] = fuels["sulphur"].to_numpy()


def _draw_factors(outlets: pd.DataFrame, rng: np.random.Generator) -> None:
    """True factors after control, kg per unit of activity: median × lognormal spread (× sulphur for SO2)."""
    for species in POLLUTANTS:
        sigma = outlets["group"].map({group: table[species] for group, table in noise.SPREAD.items()})
        outlets[f"ef_{species}"] *= np.exp(sigma * np.clip(rng.standard_normal(len(outlets)), -2.5, 2.5))
    outlets["ef_SO2"] *= (outlets["sulphur"] / outlets["sulphur_median"]).fillna(1.0)
    for gas in ("ch4", "n2o"):  # kg/TJ
        outlets[gas] *= np.exp(noise.SPREAD_CH4_N2O * rng.standard_normal(len(outlets)))
    outlets["process_co2"] *= np.exp(noise.SPREAD_PROCESS_CO2 * rng.standard_normal(len(outlets)))
    outlets["oxidation"] = np.clip(outlets["oxidation"] + 0.004 * rng.standard_normal(len(outlets)), 0, 1)
    outlets["flue_gas"] *= np.exp(0.06 * rng.standard_normal(len(outlets)))


def _draw_dust(
    territory: Territory, sites: pd.DataFrame, outlets: pd.DataFrame, rng: np.random.Generator
) -> None:
    """True shares of PM10, PM2.5, BC and OC in the dust of every outlet (columns `dust_<species>`)."""
    kinds, names = sites["type"].iloc[outlets["site"]], territory["outlets"]["name"].iloc[outlets["template"]]
    drawn = dust.shares(dust.medians(territory["dust"], kinds, names), rng)
    for species in dust.SPECIES:
        outlets[f"dust_{species}"] = drawn[species].to_numpy()
