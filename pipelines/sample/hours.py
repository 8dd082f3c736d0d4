"""What really happens hour by hour: load, stops and starts of every line, and what every outlet emits.

Here: the physics of the sample (activity × true factor, carbon balance). Not here: instruments and reports.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pipelines.sample import dust, noise
from pipelines.sample.world import POLLUTANTS, Streams, World


@dataclass(frozen=True)
class Hours:
    """Hourly truth: arrays are outlets × hours.

    activity: units of activity in the hour (fuel unit, or t of product). running, starting: state of the
    outlet's line (of any line, for outlets of the whole plant). swing: daily log factor per pollutant.
    """

    world: World
    activity: np.ndarray
    running: np.ndarray
    starting: np.ndarray
    swing: dict[str, np.ndarray]
    monthly: dict[str, np.ndarray] = field(default_factory=dict)

    def mass_kg(self, species: str, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
        """True emission in every hour, kg, of these outlets."""
        outlets = self.world.outlets.iloc[rows]
        if species in dust.SPECIES:
            return self.mass_kg("PM", rows) * outlets[f"dust_{species}"].to_numpy()[:, None]
        activity = self.activity[rows]
        if species in POLLUTANTS:
            factor = activity * outlets[f"ef_{species}"].to_numpy()[:, None]
            factor *= np.exp(_by_hour(self.swing[species][rows], activity.shape[1]))
            factor[self.starting[rows]] *= noise.START_FACTOR.get(species, 1.0)
            return factor
        return activity * _gas_factor(outlets, species)[:, None]

    def monthly_kg(self, species: str) -> np.ndarray:
        """True emission, kg: outlets × months (kept: every feed and the truth start from it)."""
        if species in dust.SPECIES:
            return self.monthly_kg("PM") * self.world.outlets[f"dust_{species}"].to_numpy()[:, None]
        if species not in self.monthly:
            self.monthly[species] = np.add.reduceat(
                self.mass_kg(species), self.world.month_starts[:-1], axis=1
            )
        return self.monthly[species]

    def fuel(self) -> np.ndarray:
        """Fuel burnt over the whole time per outlet, in the fuel's unit (0 where none is burnt)."""
        return self.activity.sum(axis=1) * self.world.outlets["fuel_per_activity"].to_numpy()


def _gas_factor(outlets: pd.DataFrame, species: str) -> np.ndarray:
    """kg of gas per unit of activity: carbon balance with the true quality; CH4 and N2O from kg/TJ."""
    energy = (outlets["fuel_per_activity"] * outlets["ncv"]).fillna(0.0).to_numpy()  # GJ per unit of activity
    if species in ("CH4", "N2O"):
        return energy * 1e-3 * outlets[species.lower()].to_numpy()
    carbon = (
        outlets["carbon_t_gj"].fillna(0.0).to_numpy() * outlets["oxidation"].to_numpy() * (44 / 12) * 1000
    )
    fossil = outlets["fossil_share"].fillna(0.0).to_numpy()
    if species == "CO2_bio":
        return energy * carbon * (1 - fossil)
    return energy * carbon * fossil + outlets["process_co2"].to_numpy() * 1000


def simulate(world: World, streams: Streams) -> Hours:
    """Hourly truth of the whole world."""
    stopped = _stops(world, streams.of_year("stops"))
    load, running, starting = _line_loads(world, stopped, streams.of_year("load"))
    lines, outlets = world.lines, world.outlets
    first = np.flatnonzero(np.r_[True, np.diff(lines["site"].to_numpy()) != 0])
    count = lines.groupby("site").size().to_numpy()[:, None]
    site_load = np.add.reduceat(load, first, axis=0) / count
    site_running = np.logical_or.reduceat(running, first, axis=0)
    site_starting = np.logical_or.reduceat(starting, first, axis=0)
    own = outlets["line"].to_numpy()
    pick = np.where(own >= 0, own, len(lines) + outlets["site"].to_numpy())
    rate = outlets["rate"].to_numpy()[:, None]
    days = world.hours // 24 + 2
    swing = {
        s: noise.DAILY_SWING * streams.of_year(f"swing {s}").standard_normal((len(outlets), days))
        for s in POLLUTANTS
    }
    return Hours(
        world,
        np.vstack([load, site_load])[pick] * rate,
        np.vstack([running, site_running])[pick],
        np.vstack([starting, site_starting])[pick],
        swing,
    )


def _by_hour(daily: np.ndarray, hours: int) -> np.ndarray:
    """Daily knots to hours, linear in between."""
    day, part = np.divmod(np.arange(hours), 24)
    share = part / 24
    return daily[:, day] * (1 - share) + daily[:, day + 1] * share


def spans(rows: np.ndarray, begin: np.ndarray, end: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Boolean rows × hours: True inside any of the half-open spans [begin, end) of its row."""
    edge = np.zeros((shape[0], shape[1] + 1), dtype=np.int32)
    np.add.at(edge, (rows, np.clip(begin, 0, shape[1])), 1)
    np.add.at(edge, (rows, np.clip(end, 0, shape[1])), -1)
    return np.cumsum(edge, axis=1)[:, :-1] > 0


def _stops(world: World, rng: np.random.Generator) -> np.ndarray:
    """Lines × hours: stopped for repair, Spring Festival or winter stop, or not yet opened."""
    lines, hours = world.lines, world.hours
    kind = world.sites.iloc[lines["site"]]
    number = rng.poisson(kind["stops_per_year"].to_numpy() * world.hours / 8760)
    row = np.repeat(np.arange(len(lines)), number)
    begin = rng.integers(0, hours, len(row))
    length = 24 * kind["stop_days"].to_numpy()[row] * np.exp(0.6 * rng.standard_normal(len(row)))
    festival = world.territory.settings["spring_festival"].get(world.year)
    first = np.datetime64(str(festival or f"{world.year}-02-05"), "h")
    eve = int((first - world.start) / np.timedelta64(1, "h")) - 5 * 24
    every = np.arange(len(lines))
    site_rng = rng.standard_normal((2, len(world.sites)))[:, lines["site"]]  # plants stop as a whole
    holiday = 24 * kind["holiday_days"].to_numpy() * np.exp(0.25 * site_rng[0])
    holiday_begin = eve + (48 * site_rng[1]).astype(int)
    winter = 24 * kind["winter_days"].to_numpy() * np.exp(0.15 * site_rng[1])
    winter_begin = np.full(len(lines), 6 * 24) + rng.integers(0, 15 * 24, len(lines))
    opened = (kind["opened"].to_numpy().astype("datetime64[h]") - world.start).astype(int)
    rows = np.concatenate([row, every, every, every])
    begins = np.concatenate([begin, holiday_begin, winter_begin, np.zeros(len(lines), int)])
    lengths = np.concatenate([length, holiday, winter, np.maximum(opened, 0)]).astype(int)
    return spans(rows, begins, np.clip(begins, 0, None) + lengths, (len(lines), hours))


def _line_loads(world: World, stopped: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Load (share of full rate), running and starting of every line."""
    shape = world.sites["shape"].to_numpy()[world.lines["site"]]
    running = ~stopped
    peaking = shape == "peaking"
    hour = np.arange(world.hours)
    clock = (hour % 24 >= 7) & (hour % 24 < 22)
    running[peaking] &= clock
    load = _shapes(world)[[_SHAPES.index(s) for s in shape]] * world.lines["utilisation"].to_numpy()[:, None]
    load *= np.exp(_by_hour(0.08 * rng.standard_normal((len(shape), world.hours // 24 + 2)), world.hours))
    load *= 1 + 0.03 * rng.standard_normal(load.shape)
    load = np.clip(load, 0.05, 1.05) * running
    starting = np.zeros_like(running)
    for name in set(shape):
        hours = noise.START_HOURS.get(name, noise.START_HOURS_ELSE)
        rows = np.flatnonzero(shape == name)
        before = np.cumsum(np.pad(~running[rows], ((0, 0), (1, 0))), axis=1)
        recent = before[:, 1:].copy()
        recent[:, hours:] -= before[:, 1:-hours] if hours else 0
        starting[rows] = running[rows] & (recent > 0)
    load[starting] *= 0.5
    return load, running, starting


_SHAPES = ["power", "continuous", "industry", "peaking"]


def _shapes(world: World) -> np.ndarray:
    """Load shapes × hours, mean about 1: hour of day, weekday, month."""
    profiles, seasons = world.territory["profiles"], world.territory["seasons"].set_index("season")
    stamp = world.start + np.arange(world.hours)
    days = stamp.astype("datetime64[D]")
    weekday = (days.astype(int) + 3) % 7  # 1970-01-01 was a Thursday; 0 = Monday
    month = np.searchsorted(world.month_starts, np.arange(world.hours), side="right") - 1

    def factor(name: str, cycle: str) -> np.ndarray:
        chosen = profiles[(profiles["shape"] == name) & (profiles["cycle"] == cycle)].sort_values("index")
        return chosen["factor"].to_numpy()

    def season(name: str) -> np.ndarray:
        return seasons.loc[name, [f"m{i}" for i in range(1, 13)]].to_numpy(float)[month]

    clock = np.arange(world.hours) % 24
    power = factor("power", "hour_of_day")[clock] * factor("power", "weekday")[weekday] * season("power")
    shift = (
        factor("industry", "hour_of_day")[clock] * factor("industry", "weekday")[weekday] * season("process")
    )
    return np.stack([power, season("process"), 0.75 * shift, 0.8 * season("power")])
