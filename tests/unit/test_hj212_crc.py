"""The CRC of HJ 212 against the standard's example and a plain reading of its appendix A."""

import numpy as np
import pytest

from pipelines.hj212.crc import standard_crc, swapped_modbus_crc

# HJ 212-2017 appendix A: the example of the standard.
OFFICIAL = b"QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&"
LENGTHS = (2, 3, 63, 64, 65, 77, 101, 128, 494, 1024, 9999)


def plain_crc(data: bytes, modbus: bool = False) -> int:
    """Bit by bit, as the standards print it."""
    register = 0xFFFF
    for byte in data:
        register = register ^ byte if modbus else (register >> 8) ^ byte
        for _ in range(8):
            register = (register >> 1) ^ (0xA001 if register & 1 else 0)
    return register


def of_one(algorithm, data: bytes) -> int:
    return int(algorithm(np.frombuffer(data, np.uint8), np.array([0]), np.array([len(data)]))[0])


def test_the_standards_example_gives_1c80() -> None:
    assert of_one(standard_crc, OFFICIAL) == 0x1C80


def test_modbus_gives_another_value_for_it() -> None:
    assert of_one(swapped_modbus_crc, OFFICIAL) == 0x5907  # 0759 with its bytes swapped


@pytest.mark.parametrize("modbus", [False, True])
def test_many_segments_of_any_length_at_once(modbus: bool) -> None:
    rng = np.random.default_rng(7)
    segments = [rng.bytes(length) for length in rng.permutation(np.repeat(LENGTHS, 3))]
    end = np.cumsum([len(segment) for segment in segments])
    start = end - [len(segment) for segment in segments]
    buffer = np.frombuffer(b"".join(segments), np.uint8)
    if modbus:
        wanted = [plain_crc(s, modbus=True) for s in segments]
        wanted = [(crc >> 8) | ((crc & 255) << 8) for crc in wanted]
        found = swapped_modbus_crc(buffer, start, end)
    else:
        wanted = [plain_crc(s) for s in segments]
        found = standard_crc(buffer, start, end)
    assert found.tolist() == wanted
