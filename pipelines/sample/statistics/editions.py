"""Editions of the statistics forms: the final one of most plants, an earlier one of some, the only one of a few.

Here: who has which edition, and what the survey's checks changed. Not here: how forms are written (`surveyfiles`).
"""

import numpy as np
import pandas as pd

from pipelines.sample import feed, noise
from pipelines.sample.statistics.surveylist import Flaw, Forms

EDITIONS = {"final": "终报", "preliminary": "初报"}
SLIP = 1000.0  # kg taken for t in one preliminary form


def editions(forms: Forms, flaws: list[Flaw], rng: np.random.Generator) -> dict[str, Forms]:
    """Forms by edition; what is wrong with the editions is added to `flaws`.

    A second form (key with an ending) goes with the first one of its plant. Calculation lines are filed once, with the
    firmest edition.
    """
    keys = forms.plants["key"].str.replace(r"-[EW]$", "", regex=True)
    draw = dict(zip(keys.unique(), rng.random(keys.nunique()), strict=True))
    chance = keys.map(draw)
    only = set(forms.plants["key"][chance < noise.ONLY_PRELIMINARY])
    both = set(forms.plants["key"][chance < noise.ONLY_PRELIMINARY + noise.PRELIMINARY]) - only
    factor = {key: float(np.exp(noise.PRELIMINARY_SIGMA * rng.standard_normal())) for key in sorted(both)}
    for key in sorted(factor)[-1:]:
        factor[key] = SLIP
        flaws.append(
            Flaw("site", key, None, "preliminary_slip_1e3", "废气污染物排放量", "reconciliation",
                 "the final edition counts, the preliminary one is superseded", 5, "preliminary")
        )  # fmt: skip
    flaws += [
        Flaw("site", key, None, "only_preliminary", "数据版本", "reconciliation", "counts, but is not final")
        for key in sorted(only)
    ]
    return {
        "final": Forms(*(_of(table, ~table["key"].isin(only)) for table in forms)),
        "preliminary": Forms(
            _changed(_of(forms.plants, forms.plants["key"].isin(only | both)), factor),
            _changed(_of(forms.units, forms.units["key"].isin(only | both)), factor),
            _of(forms.lines, forms.lines["key"].isin(only)),
        ),
    }


def _of(table: pd.DataFrame, chosen: pd.Series) -> pd.DataFrame:
    return table[chosen].reset_index(drop=True)


def _changed(table: pd.DataFrame, factor: dict[str, float]) -> pd.DataFrame:
    """Emissions, and amounts of fuel, as they stood before the checks."""
    by = table["key"].map(factor).astype(float).fillna(1.0)
    masses = [c for c in table.columns if c.startswith("kg_")]
    table[masses] = table[masses].mul(by, axis=0)
    if "amount" in table:
        table["amount"] = feed.significant(table["amount"] * by.clip(upper=1.3), 6)
    return table
