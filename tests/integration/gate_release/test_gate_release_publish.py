"""Publish: refuses what did not pass, and never leaves readers without a whole release."""

import csv
import json
import shutil
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines import gate, release
from pipelines.errors import GateRefused, InventoryError, UsageError
from pipelines.gate import AuditRow, ExpectedCheck
from pipelines.home import Home

STEPS = ["verified", "read_only", "synced", "renamed", "flipped"]
FIRST, SECOND = "2021.03.04-01", "2021.03.04-02"


@pytest.fixture
def sealed(copy: Home, audit: list[AuditRow]) -> Path:
    """The candidate `next` with its audit and manifest, ready to publish."""
    return seal(copy, audit)


def seal(home: Home, rows: list[AuditRow]) -> Path:
    candidate = home.releases / ".candidate-next"
    release.attach_audit(candidate, rows)
    release.seal(candidate)
    return candidate


def is_whole(home: Home, release_id: str) -> bool:
    """Readers see this release, and all of it."""
    with release.open_release(home) as opened:
        query = "select release_id, (select count(*) from emission) from release"
        rows = opened.con.execute(query).fetchone()
    return (opened.release_id, rows, release.verify(home)) == (release_id, (release_id, 48), [])


def test_publish_makes_the_candidate_current(copy: Home, sealed: Path) -> None:
    assert is_whole(copy, FIRST)
    assert list(release.publish_steps(copy, sealed)) == STEPS
    assert is_whole(copy, SECOND)
    assert not sealed.exists()
    listed = release.list_releases(copy)
    assert [(info.release_id, info.is_current) for info in listed] == [(FIRST, False), (SECOND, True)]
    assert listed[1].manifest["parent_release_id"] == FIRST
    files = [path for path in copy.current.resolve().rglob("*") if path.is_file()]
    assert all(path.stat().st_mode & 0o222 == 0 for path in files)


@pytest.mark.parametrize("last", STEPS)
def test_a_stop_after_any_step_leaves_a_whole_release(
    copy: Home, sealed: Path, last: str, work: object, audit: list[AuditRow]
) -> None:
    steps = release.publish_steps(copy, sealed)
    for step in steps:
        if step == last:
            steps.close()
            break
    assert is_whole(copy, SECOND if last == "flipped" else FIRST)
    if sealed.exists():  # the same candidate can be published after all
        assert release.publish(copy, sealed) == SECOND
        assert is_whole(copy, SECOND)
    elif last == "renamed":  # complete but not current: its id stays taken, and it can be made current
        assert release.next_release_id(copy, date(2021, 3, 4)) == "2021.03.04-03"
        assert release.rollback(copy, SECOND) == FIRST
        assert is_whole(copy, SECOND)


def drop_one(rows: list[AuditRow]) -> list[AuditRow]:
    return [row for row in rows if row["check_id"] != "closure.yearly"]


def change(check_id: str, **fields: object) -> Callable[[list[AuditRow]], list[AuditRow]]:
    def changed(rows: list[AuditRow]) -> list[AuditRow]:
        return [{**row, **fields} if row["check_id"] == check_id else row for row in rows]  # type: ignore[typeddict-item]

    return changed


@pytest.mark.parametrize(
    ("break_audit", "sentence"),
    [
        (drop_one, "closure.yearly did not run"),
        (lambda rows: [], "did not run"),
        (change("closure.yearly", has_run=False), "closure.yearly did not run"),
        (change("closure.yearly", has_passed=False), "closure.yearly failed"),
        (change("closure.yearly", has_passed=False, severity="warning"), "closure.yearly failed"),
        (change("closure.yearly", has_passed=False, waived_by="nobody"), "closure.yearly failed"),
        (change("floor.emission.mass_kg.min", has_passed=False), "floor.emission.mass_kg.min failed"),
        (change("raw_batch.balance", has_passed=False), "raw_batch.balance failed"),
    ],
)
def test_publish_refuses_an_audit_that_does_not_allow_it(
    copy: Home, audit: list[AuditRow], break_audit: Callable[[list[AuditRow]], list[AuditRow]], sentence: str
) -> None:
    candidate = seal(copy, break_audit(audit))
    with pytest.raises(GateRefused, match=sentence) as refused:
        release.publish(copy, candidate)
    assert refused.value.exit_code == 3
    assert is_whole(copy, FIRST)


def test_publish_refuses_a_build_check_without_result(copy: Home, sealed: Path) -> None:
    expected = ExpectedCheck("dbt.not_null_mass", "build", "marts.emission", "critical", "0 row(s)")
    with pytest.raises(GateRefused, match=r"dbt.not_null_mass did not run"):
        release.publish(copy, sealed, build_checks=[expected])


def test_a_failing_warning_is_published(copy: Home, audit: list[AuditRow]) -> None:
    candidate = seal(copy, change("completeness.hours", has_passed=False)(audit))
    assert release.publish(copy, candidate) == SECOND


@pytest.mark.parametrize(("last_day", "is_published"), [("2021-03-04", True), ("2021-03-03", False)])
def test_a_signed_waiver_counts_until_its_last_day(
    copy: Home, audit: list[AuditRow], tmp_path: Path, last_day: str, is_published: bool
) -> None:
    book = tmp_path / "book"
    shutil.copytree(gate.RULE_BOOK, book)
    with (book / "waivers.csv").open("a", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerow(["closure.yearly", "A. Person", "known rounding", "2021-01-01", last_day])
    candidate = seal(copy, change("closure.yearly", has_passed=False)(audit))
    if is_published:
        assert release.publish(copy, candidate, book=book) == SECOND
    else:
        with pytest.raises(GateRefused, match=r"closure.yearly failed"):
            release.publish(copy, candidate, book=book)


def edit_json(candidate: Path) -> None:
    path = candidate / "audit/results.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"has_passed": true', '"has_passed": false', 1))


def edit_table(candidate: Path) -> None:
    path = next((candidate / "parquet/v1/emission").rglob("*.parquet"))
    pq.write_table(pq.ParquetFile(path).read().slice(1), path)


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (edit_json, "audit/results.json"),
        (edit_table, "emission"),
        (lambda candidate: (candidate / "extra.txt").write_text("x"), "extra.txt is not in the manifest"),
        (lambda candidate: (candidate / "datapackage.json").unlink(), "datapackage.json is missing"),
    ],
)
def test_publish_refuses_files_changed_after_sealing(
    copy: Home, sealed: Path, edit: Callable[[Path], object], sentence: str
) -> None:
    edit(sealed)
    with pytest.raises(GateRefused, match=sentence):
        release.publish(copy, sealed)
    assert is_whole(copy, FIRST)


def test_publish_refuses_an_audit_edited_before_sealing(copy: Home, audit: list[AuditRow]) -> None:
    candidate = copy.releases / ".candidate-next"
    release.attach_audit(candidate, audit)
    edit_json(candidate)
    release.seal(candidate)
    with pytest.raises(GateRefused, match="copies of the audit differ"):
        release.publish(copy, candidate)


def test_publish_refuses_a_candidate_without_manifest_or_audit(copy: Home) -> None:
    candidate = copy.releases / ".candidate-next"
    with pytest.raises(InventoryError, match=r"manifest.json cannot be read"):
        release.publish(copy, candidate)
    release.seal(candidate)
    with pytest.raises(GateRefused, match="holds no audit"):
        release.publish(copy, candidate)
    assert is_whole(copy, FIRST)


def test_publish_refuses_if_current_has_moved(copy: Home, sealed: Path, audit: list[AuditRow]) -> None:
    shutil.copytree(sealed, copy.releases / ".candidate-twin")
    release.publish(copy, sealed)
    with pytest.raises(InventoryError, match="exists already"):
        release.publish(copy, copy.releases / ".candidate-twin")
    release.rollback(copy, FIRST)
    shutil.rmtree(copy.releases / SECOND)
    copy.current.unlink()
    with pytest.raises(InventoryError, match="refresh again"):
        release.publish(copy, copy.releases / ".candidate-twin")


def test_one_publisher_at_a_time(copy: Home, sealed: Path) -> None:
    steps = release.publish_steps(copy, sealed)
    next(steps)
    with pytest.raises(InventoryError, match="another process is publishing"):
        release.rollback(copy, FIRST)
    steps.close()


def test_rollback_goes_back_only_to_a_whole_release(copy: Home, sealed: Path) -> None:
    release.publish(copy, sealed)
    assert release.rollback(copy, FIRST) == SECOND
    assert is_whole(copy, FIRST)
    with pytest.raises(UsageError, match="current already"):
        release.rollback(copy, FIRST)
    with pytest.raises(UsageError, match="no release"):
        release.rollback(copy, "../elsewhere")
    damaged = copy.releases / SECOND / "datapackage.json"
    damaged.chmod(0o644)
    damaged.write_text(json.dumps({}))
    with pytest.raises(InventoryError, match="damaged"):
        release.rollback(copy, SECOND)
    assert is_whole(copy, FIRST)


def test_readers_never_see_two_releases_at_once(copy: Home, sealed: Path) -> None:
    """A reader resolves `current` once; two files read one after the other belong to one release."""
    release.publish(copy, sealed)
    seen: list[tuple[str, str]] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            path = release.release_path(copy)
            manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
            table = pq.read_table(path / "parquet/v1/release/part-0.parquet").to_pylist()
            seen.append((manifest["release_id"], table[0]["release_id"]))

    reader = threading.Thread(target=read)
    reader.start()
    for turn in range(12):
        release.rollback(copy, SECOND if turn % 2 else FIRST)
    stop.set()
    reader.join()
    assert {first for first, _ in seen} == {FIRST, SECOND}
    assert all(first == second for first, second in seen)


def test_only_candidates_can_be_removed(copy: Home) -> None:
    [candidate] = release.stale_candidates(copy)
    with pytest.raises(UsageError, match="only candidates"):
        release.remove_candidate(copy, copy.releases / FIRST)
    release.remove_candidate(copy, candidate)
    assert release.stale_candidates(copy) == []
    assert is_whole(copy, FIRST)


def test_nothing_to_read_before_the_first_release(home: Home) -> None:
    assert release.current_id(home) is None
    assert release.list_releases(home) == []
    with pytest.raises(UsageError, match="run `fusedinv refresh`"), release.open_release(home):
        pass
