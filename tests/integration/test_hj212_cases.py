"""Telegrams met in the world: the verdict of each, the raw logs, and the vectors of the domain brief."""

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines.hj212 import read_factors, read_telegrams, to_hours
from pipelines.hj212.crc import swapped_modbus_crc

pytestmark = pytest.mark.cases


@pytest.fixture(scope="module")
def telegrams(cases: Path) -> list[dict[str, Any]]:
    """All telegrams of the cases, with the verdicts of whoever collected them."""
    folder = cases / "hj212"
    lines = (folder / "telegrams.jsonl").read_text(encoding="utf-8").splitlines()
    lines += gzip.decompress((folder / "telegrams_surface_water.jsonl.gz").read_bytes()).decode().splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def vectors(cases: Path) -> dict[str, dict[str, str]]:
    """Rows of cems_test_telegrams.csv by id."""
    path = cases.parent / "domain" / "cems_test_telegrams.csv"
    if not path.is_file():
        pytest.skip("cems_test_telegrams.csv of the domain brief is not beside the cases")
    with path.open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def is_swapped_modbus(telegram: str) -> bool:
    data = np.frombuffer(telegram[6:-4].encode(), np.uint8)
    return telegram[-4:].upper() == f"{int(swapped_modbus_crc(data, np.array([0]), np.array([len(data)]))[0]):04X}"


@pytest.mark.parametrize("between", ["", "\r\n", "\0\0\0", "\n[2025-03-15 08:00:01] recv "])
def test_every_telegram_gets_its_verdict(telegrams: list[dict[str, Any]], between: str) -> None:
    assert len(telegrams) == 1023
    frames = read_telegrams(between.join(t["telegram"] for t in telegrams).encode()).frames.to_pylist()
    assert len(frames) == len(telegrams)
    for telegram, frame in zip(telegrams, frames, strict=True):
        # The field crc_swapped_ok was computed with the standard's CRC swapped; what its description names,
        # and what is in use (G00018), is the Modbus CRC swapped.
        swapped = not telegram["crc_ok"] and telegram["len_ok"] and is_swapped_modbus(telegram["telegram"])
        if not telegram["len_ok"]:
            wanted = ("frame_length", None)
        elif telegram["crc_ok"] or swapped:
            wanted = ("passed", "modbus_swapped" if swapped else "standard")
        else:
            wanted = ("frame_crc", None)
        found = frame["reason_code"] if frame["reason_code"] in ("frame_length", "frame_crc") else "passed"
        assert (found, frame["crc_dialect"]) == wanted, telegram["id"]


def test_what_passed_has_the_head_that_was_noted(telegrams: list[dict[str, Any]]) -> None:
    noted = [t for t in telegrams if t["len_ok"] and t["crc_ok"] and "MN" in t]
    frames = read_telegrams("\n".join(t["telegram"] for t in noted).encode()).frames.to_pylist()
    assert [(f["mn"], f["cn"], f["st"], f["qn"] or "") for f in frames] == [
        (t["MN"], t["CN"], t["ST"], t["QN"]) for t in noted]  # fmt: skip


@pytest.mark.parametrize(("name", "frames"), [("device_dialogue.log.gz", 191), ("receiver.log.gz", 3)])
def test_raw_logs(cases: Path, name: str, frames: int) -> None:
    counts = read_telegrams(cases / "hj212" / name).counts
    assert counts.read == frames == counts.kept + counts.rejected + counts.duplicates
    assert set(counts.reasons) <= {"code_unknown"}


def test_all_vectors_parse_to_the_expected_values(vectors: dict[str, dict[str, str]]) -> None:
    assert len(vectors) == 11
    result = read_telegrams("\r\n".join(row["telegram_without_crlf"] for row in vectors.values()).encode())
    frames = dict(zip(vectors, result.frames.to_pylist(), strict=True))
    outcome = {name: frame["reason_code"] or frame["outcome"] for name, frame in frames.items()}
    assert outcome == {
        "T1": "no_data", "T2": "frame_crc", "T3": "rows", "T4": "rows", "T5": "rows", "T6": "rows",
        "T7": "frame_incomplete", "T8": "rows", "T9": "frame_crc", "T10": "rows", "T11": "frame_crc",
    }  # fmt: skip
    assert "1C80" in frames["T1"]["message"] if frames["T1"]["message"] else frames["T1"]["crc_dialect"] == "standard"
    assert "3C00" in frames["T11"]["message"]
    values = {
        (name, row["code"]): (row["avg"], row["cou"], row["zs_avg"], row["flag"])
        for name, frame in frames.items() for row in result.records.to_pylist() if row["frame_no"] == frame["frame_no"]
    }  # fmt: skip
    assert values[("T3", "a21026")] == (12.35, None, 14.10, "N")
    assert values[("T3", "a01013")] == (-0.120, None, None, "N")
    assert values[("T4", "a00000")] == (245.3, 883080.0, None, "N")
    assert values[("T4", "a21026")] == (12.35, 10.906, 14.10, "N")
    assert values[("T5", "a21026")] == (0.0, 0.0, 0.0, "M")
    assert values[("T6", "a21026")] == (12.35, 261.74, 14.10, "N")
    assert values[("T8", "02")] == (12.35, 10.906, 14.10, "N")
    assert values[("T8", "B02")] == (883080.0, 883080.0, None, None)
    assert values[("T10", "060")] == (1.803, None, None, "N")
    assert (frames["T6"]["is_resent"], frames["T6"]["protocol_version"]) == (True, "2025")
    assert frames["T8"]["protocol_version"] == frames["T10"]["protocol_version"] == "2005"
    assert (frames["T7"]["pnum"], frames["T7"]["pno"]) == (2, 1)


def test_the_worked_mass_example_from_telegram_to_hour(vectors: dict[str, dict[str, str]]) -> None:
    log = "\r\n".join(vectors[name]["telegram_without_crlf"] for name in ("T3", "T4", "T5")).encode()
    first, second = to_hours(read_telegrams(log), read_factors()).table.to_pylist()
    assert str(first["hour_start"]) == "2025-03-15 08:00:00"
    assert f"{first['flow_m3_h']:.0f}" == "883080"
    assert f"{first['so2_kg']:.3f}" == "10.906"
    assert f"{first['so2_mg_m3'] * first['flow_m3_h'] * 1e-6 * 24:.2f}" == "261.74"
    assert (second["so2_kg"], second["so2_flag"]) == (0.0, "M")
