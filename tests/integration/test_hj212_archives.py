"""Telegrams in archives, and archives that mean harm."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from pipelines.errors import FeedUnreadable
from pipelines.hj212 import read_telegrams
from pipelines.hj212.source import Limits

# HJ 212-2017 appendix A, and a frame of the same logger.
FRAME = (
    b"##0101QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&1C80"
)


def packed(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


@pytest.mark.parametrize("name", ["plain.log", "log.gz", "log.zip"])
def test_the_packing_does_not_matter(name: str, tmp_path: Path) -> None:
    log = b"\r\n".join([FRAME] * 3)
    data = {"plain.log": log, "log.gz": gzip.compress(log), "log.zip": packed({"a.log": log})}[name]
    (tmp_path / name).write_bytes(data)
    assert read_telegrams(tmp_path / name).counts.kept == 3
    assert read_telegrams(data).counts.kept == 3


def test_the_logs_of_an_archive_are_read_by_name_and_never_written(tmp_path: Path) -> None:
    names = ["day2/b.log", "../../escape.log", "/etc/absolute.log", "C:\\day.log"]
    path = tmp_path / "inner" / "logs.zip"
    path.parent.mkdir()
    path.write_bytes(packed(dict.fromkeys(names, FRAME)))
    result = read_telegrams(path)
    assert result.counts.kept == 4
    assert result.frames["line_no"].to_pylist() == [1, 2, 3, 4]
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["inner", "logs.zip"]


def test_a_cut_off_archive_is_refused() -> None:
    log = b"\n".join([FRAME] * 5000)
    for data in (gzip.compress(log)[:-30], packed({"a.log": log})[:-40]):
        with pytest.raises(FeedUnreadable, match="damaged or cut off"):
            read_telegrams(data)


def test_an_archive_that_swells_is_refused() -> None:
    zeros = FRAME + bytes(3 << 20)
    limits = Limits(ratio=100, ratio_from_bytes=1 << 20)
    with pytest.raises(FeedUnreadable, match="100 times"):
        read_telegrams(gzip.compress(zeros), limits=limits)
    with pytest.raises(FeedUnreadable, match="more than 2 MiB"):
        read_telegrams(packed({"a": zeros}), limits=Limits(total_bytes=2 << 20))
    with pytest.raises(FeedUnreadable, match="holds 3 files"):
        read_telegrams(packed(dict.fromkeys("abc", FRAME)), limits=Limits(members=2))


def test_an_encrypted_archive_is_refused() -> None:
    data = bytearray(packed({"a.log": FRAME}))
    data[6] |= 1  # the flag "encrypted" in the local and in the central header
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(FeedUnreadable, match="cannot be unpacked"):
        read_telegrams(bytes(data))


def test_an_archive_in_an_archive_is_not_opened() -> None:
    with pytest.raises(FeedUnreadable, match="no HJ 212 frame"):
        read_telegrams(packed({"inner.zip": packed({"a.log": FRAME})}))
