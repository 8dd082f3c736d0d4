"""Heavy dirt for records whose truth is known: what clerks, old files and bad devices do to heads of forms.

Here: one seeded pass over records (pandas), every kind of dirt with its share. Shares are assumed, chosen before the
first measurement and harsher than the sample province's own. Not here: the records, the truth, the linking.
"""

import numpy as np
import pandas as pd

# Half of the records are dirty; a dirty record has each of these faults with this probability.
DIRTY = 0.5
SHARES = {
    "code_missing": 0.40,
    "code_old": 0.20,  # nine-character organisation code
    "permit_missing": 0.85,
    "name_typo": 0.30,
    "name_short": 0.25,
    "name_new": 0.08,
    "name_width": 0.20,
    "number_lost": 0.15,  # "(一厂区)" left out
    "region_city": 0.25,
    "shifted": 0.50,  # 100 to 600 m
    "exchanged": 0.05,
    "no_place": 0.15,
    "address_short": 0.40,
    "industry_near": 0.20,
}
FORMS = ("股份有限公司", "有限责任公司", "有限公司")
LOOKALIKES = dict(zip("东江华金大天安新", "冬红化全太夭按欣", strict=True))
SYLLABLES = list("瑞丰恒泰宏盛兴隆嘉裕")


def soil(records: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The same records, half of them dirty. Same records and seed, same dirt.

    Args:
        records: columns site_name, legal_code, permit_key, region_code, lon_deg, lat_deg, address, industry_code.
        seed: seed of every draw.
    """
    rng = np.random.default_rng(seed)
    soiled = records.copy()
    dirty = rng.random(len(soiled)) < DIRTY
    has = {kind: dirty & (rng.random(len(soiled)) < share) for kind, share in SHARES.items()}
    soiled.loc[has["code_old"], "legal_code"] = (
        soiled["legal_code"].str[8:17].where(soiled["legal_code"].str.len() == 18)
    )
    soiled.loc[has["code_missing"], "legal_code"] = None
    soiled.loc[has["permit_missing"], "permit_key"] = None
    for kind, change in (
        ("name_new", _rename),
        ("name_typo", _mistype),
        ("name_short", _shorten),
        ("name_width", _widen),
    ):
        soiled.loc[has[kind], "site_name"] = [change(name, rng) for name in soiled.loc[has[kind], "site_name"]]
    number = soiled["site_name"].str.replace(r"[（(].厂区[）)]$", "", regex=True)
    soiled["site_name"] = soiled["site_name"].where(~has["number_lost"], number)
    soiled.loc[has["region_city"], "region_code"] = soiled["region_code"].str[:4] + "01"  # 市辖区
    soiled.loc[has["industry_near"], "industry_code"] = soiled["industry_code"].str[:3] + "9"
    soiled.loc[has["address_short"], "address"] = soiled["address"].str.replace(r"\d+号$", "", regex=True)
    _move(soiled, has["shifted"], rng)
    exchanged = has["exchanged"]
    soiled.loc[exchanged, ["lon_deg", "lat_deg"]] = soiled.loc[exchanged, ["lat_deg", "lon_deg"]].to_numpy()
    soiled.loc[has["no_place"], ["lon_deg", "lat_deg"]] = np.nan
    return soiled


def _move(records: pd.DataFrame, moved: np.ndarray, rng: np.random.Generator) -> None:
    """100 to 600 m in any direction, the size of GCJ-02 against WGS-84."""
    distance_km, angle = rng.uniform(0.1, 0.6, len(records)), rng.uniform(0, 2 * np.pi, len(records))
    north, east = distance_km * np.sin(angle) / 111.195, distance_km * np.cos(angle) / 111.195
    east = east / np.cos(np.radians(records["lat_deg"]))
    records.loc[moved, "lat_deg"] += north[moved]
    records.loc[moved, "lon_deg"] += east[moved]


def _mistype(name: str, rng: np.random.Generator) -> str:
    """One character wrong, lost or doubled."""
    spot = int(rng.integers(len(name)))
    wrong = LOOKALIKES.get(name[spot], "口")
    return name[:spot] + (wrong, "", name[spot] * 2)[int(rng.integers(3))] + name[spot + 1 :]


def _shorten(name: str, rng: np.random.Generator) -> str:
    """Without the legal form, or also without the first words (the place)."""
    for form in FORMS:
        name = name.removesuffix(form)
    mark = "【合成】"
    start = 3 if rng.random() < 0.3 and len(name.removeprefix(mark)) > 7 else 0
    return name.removeprefix(mark)[start:]


def _rename(name: str, rng: np.random.Generator) -> str:
    """Another owner's name: the syllables before the trade change."""
    first, second = rng.choice(SYLLABLES, 2, replace=False)
    bare = name.removeprefix("【合成】")
    return f"{bare[:3]}{first}{second}{bare[5:]}"


def _widen(name: str, rng: np.random.Generator) -> str:
    """Full-width brackets and letters, and a blank somewhere."""
    spot = int(rng.integers(len(name)))
    return (name[:spot] + "　" + name[spot:]).replace("(", "（").replace(")", "）")
