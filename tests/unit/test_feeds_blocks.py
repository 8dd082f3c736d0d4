"""Reading in blocks gives what reading at once gives, wherever a block ends; memory has a limit, results have none."""

import io
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.feeds.formats import decode, delimited
from pipelines.feeds.formats.archive import unpack
from pipelines.feeds.formats.decode import to_utf8
from pipelines.feeds.formats.reader import read_bytes
from pipelines.feeds.grammar.catalogue import parse
from pipelines.feeds.grammar.feedset import Context
from pipelines.feeds.reading import engine
from pipelines.feeds.reading.engine import read_rows
from pipelines.feeds.sentences import Unreadable

PROFILE = """
feed: statistics
encoding: %s
%s
tables:
  - table: statistics__emission
    columns:
      scheme: {constant: TEST}
      record_key: id
      species: gas
      period_start: {constant: 2017-01-01}
      period_end: {constant: 2017-12-31}
      mass_kg: mass
"""
ROWS = st.sampled_from(
    [
        '1,SO2,5\n', '"2\n二",SO2,1\n', '"3\n\n\n",NOx,7\r\n', '4,SO2\n', '5,SO2,x\n', '\n', ',,\n', '1,SO2,5\n',
        '1,SO2,6\n', '"6 ""x""",SO2,８\n', '合计,,9\n', '合计\n', '企业七,NOx,2\n', '8,SO2,1,2,3\n', '"9,SO2,1\n',
        '\n\n',
    ]
)  # fmt: skip


def outcome(data: bytes, encoding: str, keys: str) -> tuple[Any, ...]:
    profile = parse(PROFILE % (encoding, keys), "test.yaml")
    try:
        result = read_rows(read_bytes(data, "f.csv", profile), profile, Context())
    except Unreadable as error:
        return (error.key,)
    with result.con:
        rows = result.rows("statistics__emission").to_pylist()
        return result.read, result.kept, result.duplicates, result.rejects(), rows


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(ROWS, max_size=25),
    end=st.sampled_from(["", "10,SO2,1", '"11,SO2']),
    encoding=st.sampled_from(["utf-8", "gb18030", "auto"]),
    keys=st.sampled_from(["", "skip_footer: 3", "stop_at: [合计]", "stop_at: [合计]\nskip_footer: 1"]),
)
def test_blocks_change_nothing(
    monkeypatch: pytest.MonkeyPatch, rows: list[str], end: str, encoding: str, keys: str
) -> None:
    data = ("id,gas,mass\n" + "".join(rows) + end).encode("gb18030" if encoding == "auto" else encoding)
    whole = outcome(data, encoding, keys)
    with monkeypatch.context() as small:
        small.setattr(delimited, "BLOCK", 512)
        small.setattr(decode, "BLOCK", 5)
        assert outcome(data, encoding, keys) == whole


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1 << 20])
def test_a_wrong_byte_is_told_where_it_stands(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(decode, "BLOCK", size)
    data = "名称,值\n一,二\n".encode() + b"\xff\n"
    with pytest.raises(Unreadable) as refused:
        to_utf8(unpack(io.BytesIO(data), "f.csv"), "utf-8", '"')
    assert (refused.value.fields["line"], refused.value.fields["byte"]) == (3, len(data) - 2)


def test_a_row_longer_than_a_block_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "BLOCK", 64)
    assert outcome(b"id,gas,mass\n" + b"x" * 500 + b",SO2,1\n", "utf-8", "") == ("csv",)


def test_a_file_larger_than_the_memory_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A repeated row and a repeated key far apart are found although the rows exceed the limit."""
    note = "n" * 600
    lines = [f"{i},SO2,1,{note}{i}\n" for i in range(100_000)]
    data = ("id,gas,mass,note\n" + "".join(lines) + lines[0] + "99999,SO2,2,other\n").encode()
    monkeypatch.setattr(delimited, "BLOCK", 1 << 20)
    monkeypatch.setattr(engine, "MEMORY", "60MB")
    read, kept, duplicates, rejects, _ = outcome(data, "utf-8", "")
    assert (read, kept, duplicates) == (100_002, 100_000, 1)
    assert [(row["row_no"], row["reason_code"]) for row in rejects] == [(100_003, "duplicate_key")]
