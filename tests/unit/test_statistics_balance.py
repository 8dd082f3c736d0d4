"""Energy balances as they are printed: a row per item, a column per fuel, in 1e4 t and 1e8 m3."""

from pathlib import Path

import pytest

from pipelines.feeds.formats.reader import read_bytes
from pipelines.feeds.grammar.catalogue import parse
from pipelines.feeds.grammar.feedset import Context
from pipelines.feeds.reading.engine import read_rows
from pipelines.feeds.reading.result import RawResult

BALANCE = """地区能源平衡表,,,,,,
行政区划代码,项目,统计期起,统计期止,原煤,天然气,柴油
,,,,万吨,亿立方米,万吨
330106,可供本地区消费的能源量,2023-01-01,2023-12-31,103,2.5,—
330106,加工转换投入产出量合计,2023-01-01,2023-12-31,-80,,
330106,火力发电,2023-01-01,2023-12-31,-80,-0.4,
330106,"农、林、牧、渔业",2023-01-01,2023-12-31,,,1.5
330106,居民生活,2023-01-01,2023-12-31,0.2,2,
330106,平衡差额,2023-01-01,2023-12-31,-3,,
注：实物量,,,,,,
"""


def read(repository: Path, text: str) -> RawResult:
    path = repository / "pipelines/feeds/profiles/cn-energy-balance.yaml"
    profile = parse(path.read_text(encoding="utf-8"), path.name)
    return read_rows(read_bytes(text.encode(), "balance.csv", profile), profile, Context())


def test_items_and_fuels_in_the_units_of_the_fuels(repository: Path) -> None:
    """103 × 1e4 t of coal; 2.5e8 m3 are 25,000 × 1e4 m3; the sum of the transformation rows is left out."""
    result = read(repository, BALANCE)
    rows = result.rows("statistics__energy_balance").to_pylist()
    assert {(row["sector"], row["fuel_code"]): row["amount"] for row in rows} == {
        ("supply", "bituminous_coal"): pytest.approx(1_030_000),
        ("supply", "natural_gas"): pytest.approx(25_000),
        ("power", "bituminous_coal"): pytest.approx(-800_000),
        ("power", "natural_gas"): pytest.approx(-4_000),
        ("agriculture", "diesel"): pytest.approx(15_000),
        ("households", "bituminous_coal"): pytest.approx(2_000),
        ("households", "natural_gas"): pytest.approx(20_000),
        ("difference", "bituminous_coal"): pytest.approx(-30_000),
    }
    assert {row["region_code"] for row in rows} == {"330106"}
