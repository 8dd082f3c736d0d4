"""The lock files: everything hashed, nothing addressed, the measured set held fixed."""

import re
from pathlib import Path

import pytest

LOCKS = ("bootstrap", "runtime", "dev", "duckdb2")


def pins(text: str) -> dict[str, list[str]]:
    """Names with their pinned versions (several where markers differ)."""
    found: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([a-z0-9._-]+)==([^\s;]+)", text, flags=re.MULTILINE):
        found.setdefault(name, []).append(version)
    return found


@pytest.fixture
def locks(repository: Path) -> dict[str, str]:
    return {name: (repository / "requirements" / f"{name}.txt").read_text() for name in LOCKS}


@pytest.mark.parametrize("name", LOCKS)
def test_every_line_is_a_pin_or_a_hash(locks: dict[str, str], name: str) -> None:
    lines = locks[name].splitlines()
    shape = r"[a-z0-9._-]+==[\w.+-]+( ; [^/\\]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?"
    assert lines
    assert [line for line in lines if not re.fullmatch(shape, line)] == []


def test_dev_holds_the_runtime_versions(locks: dict[str, str]) -> None:
    runtime, dev = pins(locks["runtime"]), pins(locks["dev"])
    assert len(runtime) > 50
    assert {name: dev.get(name) for name in runtime} == runtime


def test_the_measured_set_is_held(locks: dict[str, str]) -> None:
    runtime = pins(locks["runtime"])
    assert runtime["duckdb"] == ["1.5.5"]
    assert runtime["dbt-core"][0].startswith("1.11.")
    assert pins(locks["duckdb2"])["duckdb"][0].startswith("2.")
    assert {"hatchling", "editables"} <= set(runtime)  # the build backend, for installs without the network
