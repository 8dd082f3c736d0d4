"""The calculation form (G106): how a coefficient becomes an emission, line by line.

Here: generated amount, treatment, operating rate and what is emitted, consistent with the coefficients, beside the
emission of the execution report. Not here: the coefficients themselves (`survey`), files (`surveyfiles`).
"""

import numpy as np
import pandas as pd

from pipelines.sample import feed, noise
from pipelines.sample.permits.reports import Quarters
from pipelines.sample.statistics.surveylist import FORM
from pipelines.sample.statistics.units import control_of
from pipelines.sample.world import POLLUTANTS, World


def lines(world: World, parts: pd.DataFrame, done: Quarters, rng: np.random.Generator) -> pd.DataFrame:
    """One line per outlet (or what leaves by none) and species of the plants whose calculation is exported."""
    chosen = parts[(rng.random(len(world.sites)) < noise.CALCULATED)[parts["site"]]]
    names = world.territory["fuels"].set_index("fuel_code")
    rows = []
    for outlet in chosen.itertuples():
        head = world.sites.iloc[outlet.site]
        fuel = names.loc[outlet.fuel] if outlet.fuel else None
        for species in POLLUTANTS:
            kg = getattr(outlet, f"coefficient_{species}")
            if not kg > 0:
                continue
            control = control_of(world.territory["controls"], head["type"], outlet.fuel, species)
            if not outlet.code:
                control = None  # what leaves by no stack passes no treatment
            removed = 0.0 if control is None else control["efficiency_pct"] / 100 * control["operating_rate"]
            parameter = {"SO2": outlet.sulphur_form, "PM": outlet.ash_form}.get(species, np.nan)
            reported = done.kg[species].sum(axis=1)[outlet.Index] if species in done.kg and outlet.code else np.nan
            rows.append(
                {
                    "key": outlet.key,
                    "对应的报表编号": "" if fuel is None else ("基103" if outlet.burning == "炉窑" else "基102"),
                    "对应的排放口编号": outlet.code,
                    "对应的排放口名称": outlet.name if outlet.code else "",
                    "核算环节名称": outlet.burning if fuel is not None else "工艺过程" if outlet.code else "无组织",
                    "原料名称": "" if fuel is None else fuel["name_zh"],
                    "产品名称": "主要产品" if fuel is None else "",
                    "工艺名称": outlet.burning or "工艺过程",
                    "生产规模等级": "所有规模",
                    "产品产量": float(feed.significant(outlet.activity, 5)) if fuel is None else np.nan,
                    "产品产量的计量单位": "吨" if fuel is None else "",
                    "原料/燃料用量": np.nan if fuel is None else float(feed.significant(outlet.fuel_amount, 6)),
                    "原料/燃料用量的计量单位": "" if fuel is None else fuel["unit_zh"],
                    "污染物名称": FORM[species],
                    "污染物产污系数": f"{kg / (1 - removed) / outlet.activity:.4g}",
                    "污染物产污系数计量单位": "千克/吨",
                    "污染物产污系数中参数取值": parameter,
                    "污染物产生量": kg / (1 - removed),
                    "污染物处理工艺名称": "" if control is None else control["treatment"],
                    "污染物去除效率/排污系数": np.nan if control is None else control["efficiency_pct"],
                    "污染物去除效率/排污系数计量单位": "" if control is None else "%",
                    "污染治理设施实际运行率k": np.nan if control is None else control["operating_rate"],
                    "污染物排放量": kg,
                    "排污许可证执行报告排放量": reported,
                    "备注": "参数缺失，按手册默认值" if species == "SO2" and outlet.fuel == "bituminous_coal"
                    and parameter != parameter else "",
                }
            )  # fmt: skip
    return pd.DataFrame(rows)
