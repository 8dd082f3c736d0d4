"""Site ids over successive releases: they stay, whatever the order of feeds and rows; merges and splits are told."""

import random
from importlib import import_module
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

link_module = import_module("pipelines.identity.link")
A, B = "91330100799655058B", "91330206MA2AF1J67P"
COUNTIES = ("330106", "330110", "330113", "330101", None)


def province(feeds):
    """Some dozen plants with everything that links: codes, names, moves, takeovers, doubtful pairs."""
    made = feeds()
    for n in range(12):
        legal = f"91330{n % 5:03d}MA2AF1J{n % 6:02d}P"
        name = f"{'甲乙丙丁'[n % 4]}{'纸业热电水泥'[n % 3 * 2 : n % 3 * 2 + 2]}厂"
        place = {"region_code": COUNTIES[n % 5], "lon_deg": 120 + n % 3 / 50, "lat_deg": 30 + n % 4 / 50}
        made.permit(f"{legal}{n % 3 + 1:03d}P", name, legal_code=legal, **place)
        made.form(f"f{n}", name, 2024, legal_code=legal if n % 2 else None, **place)
        made.form(f"f{n}", name + "新" * (n % 2), 2025, **place | {"lon_deg": 120 + n % 2})
        made.point(f"m{n}", name, permit_key=f"{legal}{n % 3 + 1:03d}P" if n % 3 else None, region_code=COUNTIES[n % 4])
    return made


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shuffle=st.randoms(use_true_random=False))
def test_shuffled_rows_give_the_same_links_and_ids(feeds, shuffle: random.Random) -> None:
    made = province(feeds)
    expected = made.link()
    shuffled = made.shuffled(shuffle).link()
    assert shuffled.links == expected.links
    events = "from identity.site_event order by all"
    assert shuffled.query(events) == expected.query(events)
    assert len(expected.places()) > 12


def test_the_same_records_after_their_own_release_change_nothing(feeds, tmp_path: Path) -> None:
    made = province(feeds)
    first = made.link()
    again = made.link(first.release(tmp_path / "2025.01.01-01"))
    assert again.links == first.links
    events = "from identity.site_event order by all"
    assert again.query(events) == first.query(events)


@pytest.mark.parametrize("order", list(permutations(("permit", "statistics", "monitoring"))))
def test_ids_stay_whatever_feed_comes_first(feeds, tmp_path: Path, order: tuple[str, ...]) -> None:
    made = (
        feeds()
        .permit(f"{A}001P", "甲热电有限公司", legal_code=A, region_code="330106")
        .form("f", "甲热电有限公司", legal_code=A, region_code="330106")
        .point("m", "甲热电有限公司", legal_code=A, region_code="330106")
        .permit(f"{B}001P", "乙纸业", legal_code=B, region_code="330206")
        .point("n", "乙纸业", permit_key=f"{B}001P", region_code="330206")
    )
    keys = {"permit": f"{A}001P", "statistics": "f", "monitoring": "m"}
    parent, seen = None, set()
    for n in range(1, 4):
        linked = made.only(*order[:n]).link(parent)
        seen |= {linked.site(keys[feed]) for feed in order[:n]}
        parent = linked.release(tmp_path / f"2025.01.01-0{n}")
    assert len(seen) == 1, "one place, one id, from its first release on"
    assert linked.places() == made.link().places(), "the order in which feeds came has left no trace"
    assert not linked.events("merge") + linked.events("split")


def test_a_feed_that_was_away_for_a_release_finds_its_ids_again(feeds, tmp_path: Path) -> None:
    made = feeds().form("f", "甲热电", legal_code=A).permit(f"{A}001P", "甲热电", legal_code=A)
    statistics = made.only("statistics").link()
    both = made.link(statistics.release(tmp_path / "1"))
    permits = made.only("permit").link(both.release(tmp_path / "2"))
    nothing = feeds().permit("other", "乙").link(permits.release(tmp_path / "3"))
    back = made.link(nothing.release(tmp_path / "4"))
    assert back.site("f") == back.site(f"{A}001P") == statistics.site("f")


def merged(feeds, tmp_path: Path, decided):
    """Two sites of one release, and the linking after a person said they are one."""
    made = feeds().permit("a", "甲", valid_from="2024-01-01").permit("b", "乙").form("f", "丙", permit_key="b")
    before = made.link()
    file = decided(("Pa", "Pb", "same"))
    return made, before, made.link(before.release(tmp_path / "1"), [file]), file


def test_a_merge_keeps_one_id_and_the_other_resolves(feeds, tmp_path: Path, decided) -> None:
    made, before, after, file = merged(feeds, tmp_path, decided)
    kept = after.site("a")
    assert kept == before.site("a"), "the id of the record that founds the site, though more records held the other"
    assert after.events("merge") == [(before.site("b"), kept)]
    later = made.link(after.release(tmp_path / "2"), [file])
    assert later.links == after.links
    assert later.events("merge") == after.events("merge"), "told once, kept for ever"


def test_a_decision_taken_back_splits_the_site_again(feeds, tmp_path: Path, decided) -> None:
    made, before, after, _ = merged(feeds, tmp_path, decided)
    apart = made.link(after.release(tmp_path / "2"))
    assert apart.site("a") == after.site("a") == before.site("a")
    assert apart.site("b") not in {before.site("a"), before.site("b")}, "a merged id is never given again"
    assert apart.events("split") == [(before.site("a"), apart.site("b"))]
    assert made.link(apart.release(tmp_path / "3")).links == apart.links


def test_without_their_founders_the_id_that_most_records_held_stays(feeds, tmp_path: Path) -> None:
    first = feeds().form("a", "甲", legal_code=A).form("b", "乙", legal_code=B)
    second = feeds().permit("p", "丙")
    for key, legal in (("m", A), ("n1", B), ("n2", B)):
        first.point(key, "丁", legal_code=legal)
        second.point(key, "丁", permit_key="p")
    before = first.link()
    after = second.link(before.release(tmp_path / "1"))
    assert before.site("m") != before.site("n1") == before.site("n2")
    assert after.site("p") == after.site("m") == before.site("n1")
    assert after.events("merge") == [(before.site("m"), before.site("n1"))]


def test_a_split_leaves_the_id_with_the_record_that_founded_the_site(feeds, tmp_path: Path, decided) -> None:
    made = feeds().permit("a", "甲", legal_code=A).form("f", "乙", legal_code=A).form("g", "丙", legal_code=A)
    before = made.link()
    after = made.link(before.release(tmp_path / "1"), [decided(("Pa", "Ff", "different"), ("Pa", "Fg", "different"))])
    assert after.site("a") == before.site("a"), "though two of three records went away"
    assert {old for old, _ in after.events("split")} == {before.site("a")}
    assert len(after.events("split")) == 2


def test_ids_are_unique_and_say_nothing(feeds) -> None:
    linked = province(feeds).link()
    ids = [site for (site,) in linked.query("select site_id from identity.site")]
    assert len(ids) == len(set(ids)) == len(linked.events("new"))
    assert all(len(site) == 13 and site.startswith("S") for site in ids)


def test_links_are_kept_as_long_as_nothing_they_rest_on_changes(feeds, tmp_path: Path, decided, monkeypatch) -> None:
    made = feeds().permit("a", "甲", legal_code=A).form("f", "乙", legal_code=A).form("g", "丙")
    first = made.link(code="1")
    parent, other = first.release(tmp_path / "1"), feeds().permit("a", "甲").link().release(tmp_path / "2")
    worked: list[str] = []
    monkeypatch.setattr(link_module, "_follow", lambda *_: False)
    link = link_module._link
    monkeypatch.setattr(link_module, "_link", lambda *args, **more: (worked.append("again"), link(*args, **more)))
    again = made.shuffled(random.Random(1)).link(parent, code="1", con=first.con)
    assert (worked, again.links) == ([], first.links)
    changes = [
        made.link(parent, code="2", con=first.con),
        made.link(parent, [decided(("Pa", "Fg", "same"))], code="2", con=first.con),
        made.outlet("a", "DA001").link(parent, code="2", con=first.con),
        made.form("g", "丙", 2024).link(parent, code="2", con=first.con),
    ]
    assert len(worked) == len(changes)
    made.link(other, code="2", con=first.con)
    assert len(worked) == len(changes) + 1, "the parent is another release than these links were made for"
