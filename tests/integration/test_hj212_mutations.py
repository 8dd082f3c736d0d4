"""100,000 damaged frames: none crashes the reader, none is lost."""

import numpy as np
import pytest

from pipelines.hj212 import read_factors, read_telegrams, to_hours
from pipelines.hj212.crc import standard_crc

FRAMES = 100_000
AREAS = (
    "a00000-Cou=883080,a00000-Avg=245.3,a00000-Flag=N;a21026-Cou=10.906,a21026-Avg=12.35,a21026-ZsAvg=14.10,a21026-Flag=N",
    "B02-Cou=883080;02-Cou=10.906,02-Avg=12.35,02-Flag=N;S01-Avg=6.5,S01-Flag=N",
    "a34013-Rtd=2.10,a34013-ZsRtd=2.40,a34013-Flag=N",
    "p99101-Rtd=St",
    "",
)
HEADS = (
    "QN=20250315090001001;ST=31;CN=2061;PW=123456;MN=010000A8900016F000169DC0;Flag=5;",
    "ST=31;CN=2061;PW=123456;MN=33010000000001;",
    "QN=20250315090001001;ST=31;CN=2011;PW=123456;MN=M1;Flag=9;RF=1;",
    "QN=20250315090001001;ST=45;CN=2051;PW=123456;MN=M1;Flag=11;PNUM=000002;PNO=00001;",
    "QN=20250315090001001;ST=91;CN=9014;PW=123456;MN=M1;Flag=4;",
)
# What a damaged byte may be: anything but what would itself begin or end a line or a frame.
ANY = np.array([byte for byte in range(256) if byte not in b"\n\0#"], np.uint8)


def segments(count: int, rng: np.random.Generator) -> list[bytes]:
    heads, areas = rng.integers(0, len(HEADS), count), rng.integers(0, len(AREAS), count)
    start = np.datetime64("2025-01-01T00")
    times = [str(start + int(h)).replace("-", "").replace("T", "") + "0000" for h in rng.integers(0, 8760, count)]
    return [
        f"{HEADS[h]}CP=&&DataTime={time};{AREAS[a]}&&".encode() for h, a, time in zip(heads, areas, times, strict=True)
    ]


def frames(count: int, rng: np.random.Generator) -> list[bytearray]:
    data = segments(count, rng)
    end = np.cumsum([len(d) for d in data])
    crc = standard_crc(np.frombuffer(b"".join(data), np.uint8), end - [len(d) for d in data], end)
    return [bytearray(b"##%04d%b%04X" % (len(d), d, c)) for d, c in zip(data, crc.tolist(), strict=True)]


def damage(frame: bytearray, rng: np.random.Generator, after_head: int) -> None:
    """Change, drop, add or double some bytes behind `after_head`, or cut the frame there; often nothing is
    done."""
    for kind in rng.integers(0, 16, 3):
        at = int(rng.integers(after_head, len(frame)))
        if kind == 0:
            frame[at] = rng.choice(ANY)
        elif kind == 1:
            del frame[at]
        elif kind == 2:
            frame.insert(at, rng.choice(ANY))
        elif kind == 3:
            frame[at:at] = frame[at : at + int(rng.integers(1, 40))].replace(b"#", b"")
        elif kind == 4 and rng.random() < 0.2:
            del frame[max(at, 40) :]


@pytest.mark.slow
def test_no_damaged_frame_is_lost() -> None:
    rng = np.random.default_rng(20250315)
    log = frames(FRAMES, rng)
    for frame in log:
        damage(frame, rng, after_head=2)
    result = read_telegrams(b"\n".join(log))
    counts = result.counts
    assert counts.read == FRAMES == counts.kept + counts.rejected + counts.duplicates
    assert result.frames["line_no"].to_pylist() == list(range(1, FRAMES + 1))
    assert result.rejects.num_rows == counts.rejected == sum(counts.reasons.values())
    assert min(counts.reasons[reason] for reason in ("frame_crc", "frame_length", "frame_malformed")) > 100
    hours = to_hours(result, read_factors()).table
    assert 0 < hours.num_rows <= counts.kept


def test_any_damage_at_all_leaves_the_count_balanced() -> None:
    """Damage that makes new lines and new frames: nothing can be counted beforehand, but nothing may be lost
    either."""
    rng = np.random.default_rng(7)
    log = frames(5_000, rng)
    for frame in log:
        for _ in range(3):
            at = int(rng.integers(0, len(frame)))
            frame[at : at + int(rng.integers(0, 3))] = rng.choice(
                [b"\n", b"\0", b"##", b"&&", b"##0101", b"\xe4", b"="]
            )
    result = read_telegrams(b"\r\n".join(log))
    counts = result.counts
    assert counts.read == counts.kept + counts.rejected + counts.duplicates == result.frames.num_rows
    lines = b"\r\n".join(log).count(b"CP=&&")
    assert counts.read >= 0.99 * lines


def test_random_bytes_between_frames_cost_no_frame() -> None:
    rng = np.random.default_rng(3)
    log = frames(300, rng)
    clean = read_telegrams(b"\n".join(log)).counts
    noise = [bytes(rng.choice(ANY, int(rng.integers(0, 4000)))) for _ in log]
    noisy = read_telegrams(b"".join(n + b"\n" + f for n, f in zip(noise, log, strict=True))).counts
    assert (noisy.kept, noisy.duplicates) == (clean.kept, clean.duplicates)


@pytest.mark.parametrize("seed", range(3))
def test_blocks_of_any_size_give_the_same(seed: int, tmp_path) -> None:
    rng = np.random.default_rng(seed)
    log = frames(4_000, rng)
    for frame in log[::3]:
        damage(frame, rng, after_head=2)
    separator = (b"", b"\r\n", b"\n[2025-03-15] recv ")[seed]
    data = separator.join(bytes(frame) for frame in log)
    whole = read_telegrams(data, chunk_bytes=1 << 30)
    parts = read_telegrams(data, chunk_bytes=1, spool=tmp_path)
    assert len(data) > 3 * (1 << 17), "the log must be longer than some of the smallest blocks"
    assert parts.counts == whole.counts
    assert parts.frames.equals(whole.frames)
    assert parts.records.cast(whole.records.schema).equals(whole.records)
