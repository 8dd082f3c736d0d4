"""Archives: bombs, paths that lead out, passwords and damage are refused with a sentence."""

import gzip
import io
import zipfile

import pytest

from pipelines.feeds.formats.archive import LIMITS, Limits
from pipelines.feeds.formats.archive import unpack as opened
from pipelines.feeds.sentences import Unreadable

SMALL = Limits(unpacked_bytes=1 << 20, ratio=10, ratio_from_bytes=1 << 16, entries=3)
NOISE = bytes(range(256)) * 8


def unpack(data: bytes, name: str, limits: Limits = LIMITS) -> bytes:
    return opened(io.BytesIO(data), name, limits).read()


def packed(*members: tuple[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return data.getvalue()


def refused(data: bytes, limits: Limits = SMALL) -> Unreadable:
    with pytest.raises(Unreadable) as told:
        unpack(data, "f.zip", limits)
    return told.value


def book(*more: tuple[str, bytes]) -> bytes:
    return packed(("[Content_Types].xml", b"<Types/>"), *more)


def test_one_plain_file_comes_out() -> None:
    assert unpack(packed(("a/b.csv", NOISE), ("__MACOSX/b", b"x")), "f.zip", SMALL) == NOISE
    assert unpack(gzip.compress(NOISE), "f.gz", SMALL) == NOISE
    assert unpack(book(), "f.xlsx", SMALL) == book()


@pytest.mark.parametrize(
    "name", ["../a.csv", "a/../../b.csv", "/etc/a.csv", "..\\a.csv", "C:\\a.csv", "\\\\host\\a.csv"]
)
def test_a_path_that_leads_out_is_refused(name: str) -> None:
    assert refused(packed((name, b"x"))).key == "archive_path"
    assert refused(book((name, b"x"))).key == "archive_path"


@pytest.mark.parametrize(
    ("size", "limits", "key"),
    [(1 << 19, SMALL, "archive_ratio"), (3 << 20, Limits(1 << 20, 10_000, 1 << 16, 3), "archive_size")],
)
def test_a_bomb_is_refused(size: int, limits: Limits, key: str) -> None:
    zeros = bytes(size)
    assert refused(gzip.compress(zeros), limits).key == key
    assert refused(packed(("a.csv", zeros)), limits).key == key
    assert refused(book(("xl/worksheets/sheet1.xml", zeros)), limits).key == key


def test_a_real_bomb_is_stopped_by_the_limits_in_force() -> None:
    with pytest.raises(Unreadable, match="250 times its size"):
        unpack(gzip.compress(bytes(100 << 20), 9), "f.gz")


def test_a_size_that_lies_is_found_out() -> None:
    data = bytearray(packed(("a.csv", bytes(1 << 19))))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.index(signature) + offset
        data[at : at + 4] = (100).to_bytes(4, "little")
    assert refused(bytes(data)).key in ("archive_ratio", "archive_damaged")


def test_a_crowd_a_password_and_many_files_are_refused() -> None:
    assert refused(packed(*((f"{i}.csv", b"x") for i in range(4)))).key == "archive_crowd"
    assert refused(packed(("a.csv", b"x"), ("b.csv", b"x"))).key == "archive_members"
    locked = bytearray(packed(("a.csv", b"x")))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(signature) + offset] |= 1
    assert refused(bytes(locked)).key == "archive_encrypted"


@pytest.mark.parametrize("cut", [10, 60, -5])
def test_damage_is_told(cut: int) -> None:
    assert refused(packed(("a.csv", NOISE))[:cut]).key == "archive_damaged"
    assert refused(gzip.compress(NOISE)[:cut]).key == "archive_damaged"
