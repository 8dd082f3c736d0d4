"""Telegrams in bytes: where frames are found, what is refused and why, sets, repeats, encryption."""

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from pipelines.errors import FeedUnreadable, UsageError
from pipelines.hj212 import TelegramResult, read_telegrams
from pipelines.hj212.crc import standard_crc, swapped_modbus_crc

HOUR = "a00000-Avg=245.3,a00000-Flag=N;a21026-Cou=10.906,a21026-Avg=12.35,a21026-ZsAvg=14.10,a21026-Flag=N"
KEY = "0123456789abcdeffedcba9876543210"


def crc_text(segment: bytes, algorithm=standard_crc) -> bytes:
    bounds = np.array([0]), np.array([len(segment)])
    return b"%04X" % int(algorithm(np.frombuffer(segment, np.uint8), *bounds)[0])


def segment(area: str = HOUR, time: str = "20250315080000", flag: str = "5", cn: str = "2061", more: str = "") -> bytes:
    head = f"QN=20250315090001001;ST=31;CN={cn};PW=123456;MN=010000A8900016F000169DC0;Flag={flag};{more}"
    return f"{head}CP=&&{f'DataTime={time};' if time else ''}{area}&&".encode()


def frame(data: bytes | None = None, **about: str) -> bytes:
    data = data or segment(**about)
    return b"##%04d%b%b" % (len(data), data, crc_text(data))


def outcomes(result: TelegramResult) -> list[str]:
    return [row["reason_code"] or row["outcome"] for row in result.frames.to_pylist()]


def balanced(result: TelegramResult) -> TelegramResult:
    counts = result.counts
    assert counts.read == counts.kept + counts.rejected + counts.duplicates == result.frames.num_rows
    assert result.rejects.num_rows == counts.rejected
    return result


def hours(count: int) -> list[bytes]:
    return [frame(time=f"202503{day:02}{hour:02}0000") for day in range(1, 29) for hour in range(24)][:count]


# -- frames
# ---------------------------------------------------------------------------------------------------------


def test_a_frame_becomes_a_record_per_code() -> None:
    result = balanced(read_telegrams(frame() + b"\r\n"))
    flow, so2 = result.records.to_pylist()
    assert (flow["code"], flow["avg"], flow["cou"], flow["flag"]) == ("a00000", 245.3, None, "N")
    assert (so2["code"], so2["avg"], so2["cou"], so2["zs_avg"]) == ("a21026", 12.35, 10.906, 14.10)
    assert str(so2["data_time"]) == "2025-03-15 08:00:00"
    assert (so2["mn"], so2["cn"], so2["st"], so2["qn"]) == (
        "010000A8900016F000169DC0", "2061", "31", "20250315090001001")  # fmt: skip
    assert (so2["protocol_version"], so2["crc_dialect"], so2["is_resent"]) == ("2017", "standard", False)


@pytest.mark.parametrize(
    ("before", "between", "after"),
    [
        (b"", b"", b""),
        (b"", b"\r\n", b"\r\n"),
        (b"\0" * 50, b"\0" * 300, b"\0"),
        (b"[2025-03-15 09:00:01] recv 10.0.0.7:4001 ", b"\n[2025-03-15 09:00:02] recv ", b" end\n"),
        ("接收数据：".encode("gb18030"), "】\n【接收】".encode("gb18030"), "。\n".encode("gb18030")),
        (b"# a log\n==== day 1 ====\n", b"\n## day 2\n##########\n", b"\n"),
    ],
    ids=["glued", "lines", "nul", "log", "gb18030", "rulers"],
)
def test_frames_are_found_among_anything(before: bytes, between: bytes, after: bytes) -> None:
    result = balanced(read_telegrams(before + between.join(hours(5)) + after))
    assert outcomes(result) == ["rows"] * 5


def test_line_numbers_count_from_one() -> None:
    log = b"start\n\n" + frame(time="20250315080000") + b"\nnoise\n" + b"".join(hours(2)) + b"\n"
    assert read_telegrams(log).frames["line_no"].to_pylist() == [3, 5, 5]


def test_a_lower_case_crc_is_accepted() -> None:
    good = frame()
    assert outcomes(read_telegrams(good[:-4] + good[-4:].lower())) == ["rows"]


def test_the_swapped_modbus_dialect_is_accepted_and_recorded() -> None:
    data = segment()
    other = b"##%04d%b%b" % (len(data), data, crc_text(data, swapped_modbus_crc))
    result = balanced(read_telegrams(other + b"\n" + frame(time="20250315090000")))
    assert result.frames["crc_dialect"].to_pylist() == ["modbus_swapped", "standard"]


def test_plain_modbus_is_a_wrong_crc() -> None:
    data = segment()
    crc = crc_text(data, swapped_modbus_crc)
    assert outcomes(read_telegrams(b"##%04d%b%b" % (len(data), data, crc[2:] + crc[:2]))) == ["frame_crc"]


def test_double_hash_and_line_breaks_inside_a_valid_frame_belong_to_it() -> None:
    strange = frame(area=HOUR + ",a21026-Info=//##0077 log\nline//")
    result = balanced(read_telegrams(strange + b"\n" + hours(1)[0]))
    assert outcomes(result) == ["rows", "rows"]


def test_a_longer_segment_than_the_standard_allows_is_read() -> None:
    area = ";".join(f"a2{i:04}-Avg={i}.5,a2{i:04}-Flag=N" for i in range(60)) + ";" + HOUR
    assert len(segment(area)) > 1024
    assert outcomes(read_telegrams(frame(area=area))) == ["rows"]


GOOD = frame()


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (GOOD[:-4] + b"0000", "frame_crc"),
        (GOOD[:-4] + b"12G4", "frame_crc"),
        (GOOD[:-4], "frame_crc"),
        (GOOD.replace(b"12.35", b"12.36"), "frame_crc"),
        (GOOD.replace(b"12.35", b"2.35"), "frame_length"),
        (GOOD[:90], "frame_length"),
        (b"##9999" + GOOD[6:], "frame_length"),
        (b"##" + GOOD[7:], "frame_malformed"),
        (b"#" + GOOD[2:], "frame_malformed"),
        (GOOD[40:], "frame_malformed"),
        (b"##02", "frame_malformed"),
        (frame(b"QN=1;ST=31;CN=2061;MN=M1;Flag=5;CP=DataTime=20250315080000;a21026-Avg=1&&"), "frame_malformed"),
        (frame(time="20250230080000"), "frame_malformed"),
        (frame(time="20250315240000"), "frame_malformed"),
        (frame(time=""), "frame_malformed"),
        (frame(cn="20x1"), "frame_malformed"),
        (frame(segment().replace(b"MN=010000A8900016F000169DC0", b"MN=")), "frame_malformed"),
        (frame(area="zz9-Avg=1,zz9-Flag=N"), "code_unknown"),
    ],
)  # fmt: skip
def test_a_broken_frame_is_refused_with_its_reason_and_harms_no_other(broken: bytes, reason: str) -> None:
    before, after = hours(2)
    result = balanced(read_telegrams(b"\r\n".join((before, broken, after)) + b"\r\n"))
    assert outcomes(result) == ["rows", reason, "rows"]
    assert result.rejects["line_no"].to_pylist() == [2]
    assert result.counts.reasons == {reason: 1}


def test_a_line_break_in_the_midst_of_a_frame_leaves_one_reject() -> None:
    result = balanced(read_telegrams(GOOD[:100] + b"\n" + GOOD[100:] + b"\n" + hours(1)[0]))
    assert outcomes(result) == ["frame_length", "rows"]


def test_frames_without_values_are_kept_and_counted_apart() -> None:
    empty = segment(area="", time="", cn="9014")
    request = segment(area="BeginTime=20250315000000,EndTime=20250315020000", time="")
    restart = segment(area="RestartTime=20250315070000", cn="2081")
    result = balanced(read_telegrams(b"".join(frame(data) for data in (empty, request, restart))))
    assert outcomes(result) == ["no_data"] * 3
    assert (result.counts.kept, result.counts.no_data) == (3, 3)


def test_a_file_without_frames_is_unreadable() -> None:
    with pytest.raises(FeedUnreadable, match="holds no HJ 212 frame"):
        read_telegrams(b"2025-03-15,12.5\n")


# -- fields
# ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "area",
    [
        "a21026-Avg=1.5;a21026-Flag=N;a21002-Avg=2.5;a21002-Flag=N",
        "a21026-Avg=1.5,a21026-Flag=N,a21002-Avg=2.5,a21002-Flag=N",
        "a21026-Avg=1.5,a21002-Avg=2.5;a21002-Flag=N,a21026-Flag=N,;",
        "a21002-Flag=N,a21002-Avg= 2.5 ;;a21026-EFlag=A01,a21026-Avg=1.5,a21026-Flag=N",
    ],
)
def test_fields_of_a_code_need_not_stand_together(area: str) -> None:
    records = read_telegrams(frame(area=area)).records
    found = [(row["code"], row["avg"], row["flag"]) for row in records.to_pylist()]
    assert found == [("a21002", 2.5, "N"), ("a21026", 1.5, "N")]


def test_a_value_that_is_no_number_stays_visible() -> None:
    result = read_telegrams(frame(area="a21026-Avg=--,a21026-Flag=D;a21002-Avg=nan;a34013-Avg=1e3;zz9-Avg=1"))
    by_code = {row["code"]: (row["avg"], row["text"]) for row in result.records.to_pylist()}
    assert by_code == {"a21026": (None, "--"), "a21002": (None, "nan"), "a34013": (1000.0, None), "zz9": (1.0, None)}
    assert result.counts.notes == {"code_unknown": 1, "value_malformed": 2}


@pytest.mark.parametrize(
    ("time", "wanted"),
    [
        ("20250315080000", "2025-03-15 08:00:00"),
        ("2025031508", "2025-03-15 08:00:00"),
        ("20250315080000123", "2025-03-15 08:00:00"),
        ("20240229", "2024-02-29 00:00:00"),
    ],
)
def test_data_times_of_other_lengths(time: str, wanted: str) -> None:
    assert str(read_telegrams(frame(time=time)).records["data_time"][0].as_py()) == wanted


@pytest.mark.parametrize(
    ("flag", "version"),
    [("0", "2005"), ("4", "2017"), ("7", "2017"), ("8", "2025"), ("9", "2025"), ("12", "unknown 3")],
)
def test_the_version_bits_of_flag(flag: str, version: str) -> None:
    assert read_telegrams(frame(flag=flag)).records["protocol_version"][0].as_py() == version


def test_a_frame_of_2005_has_no_flag_and_no_qn() -> None:
    data = b"ST=31;CN=2061;PW=123456;MN=33010000000001;CP=&&DataTime=20160824080000;02-Avg=12.35,02-Flag=N&&"
    record = read_telegrams(frame(data)).records.to_pylist()[0]
    assert (record["protocol_version"], record["qn"], record["code"]) == ("2005", None, "02")


# -- sets and repeats
# -----------------------------------------------------------------------------------------------

PARTS = ["a21026-Avg=12.35,a21026-Flag=N", "a21002-Avg=28.60,a21002-Flag=N", "a34013-Avg=2.1,a34013-Flag=N"]


def packets(texts: list[str], numbers: str = "PNUM={};PNO={};", time: str = "20250315080000") -> list[bytes]:
    return [
        frame(area=text, flag="7", time=time, more=numbers.format(len(texts), n)) for n, text in enumerate(texts, 1)
    ]


@pytest.mark.parametrize("numbers", ["PNUM={};PNO={};", "PNUM={:06};PNO={:05};"])
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_a_split_period_is_joined(numbers: str, order: tuple[int, ...]) -> None:
    sent = packets(PARTS, numbers)
    result = balanced(read_telegrams(b"\n".join([sent[i] for i in order] + [hours(1)[0]])))
    assert outcomes(result) == ["rows"] * 4
    records = [row for row in result.records.to_pylist() if row["frame_no"] == 3]
    assert {row["code"]: row["avg"] for row in records} == {"a21026": 12.35, "a21002": 28.6, "a34013": 2.1}


def test_a_period_cut_in_the_midst_of_a_field_is_joined() -> None:
    log, cuts = b"", range(len("DataTime=20250315080000;") + 1, len(f"DataTime=20250315080000;{HOUR}"))
    for cut in cuts:
        whole = f"DataTime=202503{cut // 24 + 1:02}{cut % 24:02}0000;{HOUR}"
        for number, text in enumerate((whole[:cut], whole[cut:]), start=1):
            log += frame(area=text, time="", flag="7", more=f"PNUM=2;PNO={number};")
    result = balanced(read_telegrams(log))
    found = [(r["code"], r["avg"], r["cou"], r["flag"]) for r in result.records.to_pylist()]
    assert found == [("a00000", 245.3, None, "N"), ("a21026", 12.35, 10.906, "N")] * len(cuts)


def test_an_incomplete_set_is_refused_packet_by_packet() -> None:
    result = balanced(read_telegrams(b"\n".join(packets(PARTS)[:2] + hours(1))))
    assert outcomes(result) == ["frame_incomplete", "frame_incomplete", "rows"]


def test_a_packet_sent_twice_is_a_duplicate() -> None:
    first, second, third = packets(PARTS)
    result = balanced(read_telegrams(b"\n".join((first, second, second, third))))
    assert outcomes(result) == ["rows", "duplicate", "rows", "rows"]
    assert result.frames["superseded_by"].to_pylist() == [None, 3, None, None]


def test_sets_of_two_periods_do_not_mix() -> None:
    one, two = packets(PARTS[:2]), packets(PARTS[:2], time="20250315090000")
    result = balanced(read_telegrams(b"".join((one[0], two[0], two[1], one[1]))))
    assert outcomes(result) == ["rows"] * 4
    assert len(set(result.records["data_time"].to_pylist())) == 2


def test_of_a_period_sent_again_the_last_valid_frame_counts() -> None:
    old = frame(area="a21026-Avg=1,a21026-Flag=D")
    new = frame(area="a21026-Avg=2,a21026-Flag=N", flag="9", more="RF=1;")
    broken = frame(area="a21026-Avg=3,a21026-Flag=N").replace(b"=3,", b"=4,")
    result = balanced(read_telegrams(b"\n".join((old, new, broken, hours(1)[0]))))
    assert outcomes(result) == ["duplicate", "rows", "frame_crc", "rows"]
    assert result.frames["superseded_by"].to_pylist() == [2, None, None, None]
    record = next(row for row in result.records.to_pylist() if row["frame_no"] == 2)
    assert (record["avg"], record["is_resent"]) == (2.0, True)


def test_a_later_frame_with_other_codes_adds_to_its_period() -> None:
    result = balanced(read_telegrams(frame(area=PARTS[0]) + frame(area=PARTS[1])))
    assert outcomes(result) == ["rows", "rows"]
    assert result.records["code"].to_pylist() == ["a21026", "a21002"]


def test_a_set_sent_again_replaces_the_whole_set() -> None:
    result = balanced(read_telegrams(b"".join(packets(PARTS) + packets(PARTS))))
    assert outcomes(result) == ["duplicate"] * 3 + ["rows"] * 3


# -- encryption
# -----------------------------------------------------------------------------------------------------


def encrypted(data: bytes, printed: bool = False, crc_of_plain: bool = True) -> bytes:
    """A 2025 frame: whole groups of 16 bytes of the data area encrypted, the CRC over the plain segment."""
    opening, _, rest = data.partition(b"CP=&&")
    area = rest[:-2]
    whole = len(area) // 16 * 16
    cipher = Cipher(algorithms.SM4(bytes.fromhex(KEY)), modes.ECB()).encryptor()
    secret = cipher.update(area[:whole]) + cipher.finalize()
    shown = b"{" + b",".join(b"0x%02X" % byte for byte in secret) + b"}" if printed else secret
    sealed = opening + b"CP=&&" + shown + area[whole:] + b"&&"
    return b"##%04d%b%b" % (len(data), sealed, crc_text(data if crc_of_plain else sealed))


SECRET = segment(flag="9")


@pytest.mark.parametrize("printed", [False, True])
@pytest.mark.parametrize("keys", [{"010000A8900016F000169DC0": KEY}, {"*": bytes.fromhex(KEY)}])
def test_an_encrypted_frame_is_read_with_its_key(printed: bool, keys: dict) -> None:
    log = b"\n".join((hours(1)[0], encrypted(SECRET, printed), hours(2)[1]))
    result = balanced(read_telegrams(log, keys=keys))
    assert outcomes(result) == ["rows"] * 3
    assert result.frames["is_encrypted"].to_pylist() == [False, True, False]
    assert [r["cou"] for r in result.records.to_pylist() if r["frame_no"] == 2] == [None, 10.906]


@pytest.mark.parametrize("printed", [False, True])
def test_without_its_key_it_is_refused_as_encrypted(printed: bool) -> None:
    log = b"\n".join((hours(1)[0], encrypted(SECRET, printed), hours(2)[1]))
    result = balanced(read_telegrams(log, keys={"another": KEY}))
    assert outcomes(result) == ["rows", "frame_encrypted", "rows"]


def test_a_wrong_key_is_a_wrong_crc() -> None:
    result = balanced(read_telegrams(encrypted(SECRET), keys={"*": "00" * 16}))
    assert outcomes(result) == ["frame_crc"]


def test_a_crc_over_the_cipher_text_is_accepted_too() -> None:
    sealed = encrypted(SECRET, crc_of_plain=False)
    assert outcomes(read_telegrams(sealed, keys={"*": KEY})) == ["rows"]
    assert outcomes(read_telegrams(sealed)) == ["frame_encrypted"]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_chinese_text_in_a_frame_is_no_encryption(encoding: str) -> None:
    data = segment(flag="9").replace(b"N&&", b"N,a21026-Info=" + ("维护人员进行了校准" * 9).encode(encoding) + b"&&")
    assert outcomes(read_telegrams(frame(data))) == ["rows"]


def test_damage_to_one_byte_is_no_encryption() -> None:
    assert outcomes(read_telegrams(frame(SECRET).replace(b"12.35", b"12\xe435"))) == ["frame_crc"]


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(UsageError, match="not 128 bits"):
        read_telegrams(frame(), keys={"*": "0011"})
