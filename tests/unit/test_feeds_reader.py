"""Bytes of one file to rows of text, seen through the engine: lines, quotes, archives, encodings."""

import gzip
import io
import zipfile

import pytest

from pipelines.feeds.formats.reader import Unreadable, read_bytes
from pipelines.feeds.grammar.catalogue import parse
from pipelines.feeds.grammar.feedset import Context
from pipelines.feeds.reading.engine import RawResult, read_rows

PROFILE = """
feed: statistics
tables:
  - table: statistics__emission
    columns:
      scheme: {constant: TEST}
      record_key: id
      species: {from: gas, map: {sulphur: SO2}}
      period_start: {constant: 2017-01-01}
      period_end: {from: until, default: 2017-12-31}
      mass_kg: {from: mass, unit: t}
"""
HEADER = "id,gas,until,mass\n"


def read(data: str | bytes, name: str = "file.csv") -> RawResult:
    profile = parse(PROFILE, "test.yaml")
    result = read_rows(
        read_bytes(data.encode() if isinstance(data, str) else data, name, profile), profile, Context()
    )
    assert result.read == result.kept + result.rejected + result.duplicates
    return result


def keys(result: RawResult) -> list[str]:
    return result.rows("statistics__emission")["record_key"].to_pylist()


def test_line_numbers_survive_breaks_inside_quotes() -> None:
    result = read(HEADER + '"a\nb",sulphur,,1\nc,sulphur,,x\nd,sulphur,,1\n')
    assert [row["row_no"] for row in result.rejects()] == [4]
    assert result.rows("statistics__emission")["row_no"].to_pylist() == [2, 5]


@pytest.mark.parametrize(
    "tail", ['"d","sulphur","","1', '"d","sul', '"d","sulphur","","1\n"e","sulphur","","2"\n']
)
def test_a_row_cut_inside_quotes_is_refused(tail: str) -> None:
    result = read(HEADER + '"c","sulphur","","1"\n' + tail)
    assert [row["reason_code"] for row in result.rejects()] == ["row_malformed"]
    assert keys(result) == ["c"]


def test_archives_are_told_by_their_bytes() -> None:
    text = (HEADER + "a,sulphur,,1\n").encode("utf-8-sig")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("inner.csv", text)
    for data in (gzip.compress(text), packed.getvalue(), text):
        assert keys(read(data, "anything.dat")) == ["a"]


@pytest.mark.parametrize(
    ("data", "name", "word"),
    [
        ((HEADER + "é,sulphur,,1\n").encode("latin-1"), "f.csv", "line 2 is not utf-8 text"),
        ((HEADER + "a,sulphur,,1\n").encode("utf-16-le"), "f.csv", "NUL"),
        (b"id,gas,mass\na,b,1\n", "f.csv", "lacks the column until"),
        (b"id,id,gas,until,mass\na,a,b,,1\n", "f.csv", "column id twice"),
        (b"", "f.csv", "should be the header"),
        (b"PK\x03\x04 rubbish", "f.zip", "damaged or cut off"),
        (gzip.compress(b"id,gas,until,mass\n" * 99, mtime=0)[:-9], "f.csv.gz", "damaged or cut off"),
        (b"rubbish", "f.zip", "no zip archive"),
    ],
)
def test_unreadable_files_say_what_and_how(data: bytes, name: str, word: str) -> None:
    with pytest.raises(Unreadable, match=word):
        read(data, name)


def test_a_header_alone_is_an_empty_file_not_an_error() -> None:
    assert (read(HEADER).read, read(HEADER.strip()).read) == (0, 0)
