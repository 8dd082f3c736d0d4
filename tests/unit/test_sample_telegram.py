"""Telegrams of the synthetic province: the checksum of the standard, packets, and what is done to frames."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.sample.monitoring import telegram
from pipelines.sample.monitoring.broken import BREAKS

OFFICIAL = b"QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&"
HOUR = (
    b"QN=20250315090001001;ST=31;CN=2061;PW=123456;MN=010000A8900016F000169DC0;Flag=5;CP=&&DataTime=20250315080000;"
    b"a00000-Avg=245.30,a00000-Flag=N;a21026-Avg=12.35,a21026-Cou=10.9060,a21026-Flag=N;"
    b"a21002-Avg=28.60,a21002-Cou=25.2560,a21002-Flag=N&&"
)


def by_hand(data: bytes) -> int:
    """Appendix A of HJ 212-2017, byte by byte, bit by bit."""
    register = 0xFFFF
    for byte in data:
        register = (register >> 8) ^ byte
        for _ in range(8):
            odd = register & 1
            register = (register >> 1) ^ (0xA001 if odd else 0)
    return register


def test_the_example_of_the_standard() -> None:
    assert telegram.frame(OFFICIAL) == b"##0101" + OFFICIAL + b"1C80\r\n"


def test_odd_checksums_of_some_loggers() -> None:
    texts = pa.array([OFFICIAL.decode(), "x" + OFFICIAL.decode()])
    lower = telegram.frames(texts, telegram.LOWER_CASE)[0].as_py()
    assert lower.endswith(b"1c80\r\n")
    swapped = telegram.frames(texts, telegram.MODBUS_SWAPPED)[0].as_py()
    assert swapped.endswith(b"5907\r\n")  # CRC-16/MODBUS of the example is 0759


@given(
    st.lists(
        st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=70), min_size=1, max_size=30
    )
)
def test_many_telegrams_of_any_length_have_the_checksum_of_each(texts: list[str]) -> None:
    made = telegram.frames(pa.array(texts)).to_pylist()
    assert made == [f"##{len(t):04d}{t}{by_hand(t.encode()):04X}\r\n".encode() for t in texts]


def test_binary_segments_keep_their_bytes() -> None:
    text = "p99101-Rtd=停运".encode("gb18030")
    assert telegram.frame(text) == b"##%04d" % len(text) + text + b"%04X\r\n" % by_hand(text)


def test_two_packets_hold_what_one_telegram_held() -> None:
    parts = [telegram.segment(p) for p in telegram.packets(telegram.frame(HOUR))]
    assert all(b";Flag=7;PNUM=2;PNO=%d;CP=&&DataTime=20250315080000;" % n in part for n, part in enumerate(parts, 1))
    codes = [c for part in parts for c in part.partition(b"CP=&&")[2][:-2].split(b";")[1:]]
    assert codes == HOUR.partition(b"CP=&&")[2][:-2].split(b";")[1:]


@pytest.mark.parametrize("kind", sorted(BREAKS))
def test_a_break_changes_the_telegram_in_its_own_way_only(kind: str) -> None:
    frame = telegram.frame(HOUR)
    parts, place = BREAKS[kind].breaks(frame, np.random.default_rng(1))
    assert 0 <= place < len(parts)
    sound = [by_hand(p.strip(b"\0\r\n")[6:-4]) == int(p.strip(b"\0\r\n")[-4:], 16) if p.strip(b"\0\r\n")[-4:].isalnum()
             and len(p.strip(b"\0\r\n")) == 10 + int(p.strip(b"\0\r\n")[2:6]) else False for p in parts]  # fmt: skip
    refused = BREAKS[kind].expected.startswith("frame_") and kind != "packet_lost"
    assert sound == ([False] if refused else [True] * len(parts))
    assert parts != [frame]
