"""Degrees, minutes and seconds as permits and maps write them."""

import duckdb
import pytest

from pipelines.feeds.compiler.angles import degrees
from pipelines.feeds.formats.reader import read_bytes
from pipelines.feeds.grammar.catalogue import parse
from pipelines.feeds.grammar.feedset import Context
from pipelines.feeds.reading.engine import read_rows

SPOT = 120 + 10 / 60 + 30 / 3600


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("120°10′30″", SPOT),
        ("120°10'30\"", SPOT),
        ("120° 10' 30''", SPOT),
        ("120度10分30秒", SPOT),
        ("东经120度10分30秒", SPOT),
        ("E120°10′30″", SPOT),
        ("120°10′30″E", SPOT),
        ("120°10.5′", SPOT),
        ('120° 10´ 30.000"', SPOT),
        ("120°10′30.00″", SPOT),
        ("120°", 120.0),
        ("西经 120度10分30秒", -SPOT),
        ("120°10′30″W", -SPOT),
        ("-120°10′30″", -SPOT),
        ("30°15′S", -30.25),
        ("120.175", None),
        ("120°60′", None),
        ("120°10′75″", None),
        ("10′30″", None),
        ("120°10′30″X", None),
        ("", None),
    ],
)
def test_degrees_of_a_text(text, value):
    (found,) = duckdb.connect().execute(f"select {degrees('t')} from (select ?::varchar as t)", [text]).fetchone()
    assert found == (value if value is None else pytest.approx(value, abs=1e-12))


PROFILE = """
feed: statistics
tables:
  - table: statistics__site
    columns:
      scheme: {constant: T}
      record_key: id
      site_name: id
      year: {constant: "{year}"}
      lon_deg: lon
      lat_deg: lat
"""


def test_a_record_in_degrees_and_minutes_is_kept_and_a_wrong_one_is_refused():
    parsed = parse(PROFILE, "test.yaml")
    data = "id,lon,lat\nA,120°10′30″,30°15′\nB,120.175,30.25\nC,30.25,120.175\nD,120°75′,30.25\n".encode()
    result = read_rows(read_bytes(data, "file.csv", parsed), parsed, Context("test", "T", "+08:00", 2025))
    kept = result.rows("statistics__site")
    assert kept["record_key"].to_pylist() == ["A", "B", "C"], "a swapped pair is kept: it can be mended"
    assert kept["lon_deg"].to_pylist() == pytest.approx([SPOT, 120.175, 30.25])
    assert kept["lat_deg"].to_pylist() == pytest.approx([30.25, 30.25, 120.175])
    assert [row["reason_code"] for row in result.rejects()] == ["number_malformed"]
