"""220 real permit heads of Ningxia: every row is kept, every odd one explained."""

from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from pipelines.codes import judge
from pipelines.feeds.grammar.feedset import load_feed_set
from pipelines.feeds.reading.check import check_file
from pipelines.feeds.store.landing import land
from pipelines.feeds.store.raw import RawReceipt, write_raw
from pipelines.feeds.store.workfile import register_raw
from pipelines.home import Home

pytestmark = pytest.mark.cases
PERMIT, CODE, NAME = "许可证", "代码", "企业名称"


@pytest.fixture(scope="module")
def folder(cases: Path) -> Path:
    path = cases / "cn_ningxia"
    if not path.is_dir():
        pytest.skip("the case cn_ningxia is not here")
    return path


@pytest.fixture(scope="module")
def read(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, RawReceipt, duckdb.DuckDBPyConnection]:
    """The whole feed set through landing and raw."""
    home = Home(tmp_path_factory.mktemp("ningxia")).ensure()
    feed_set = load_feed_set(folder)
    landed = land(feed_set, home)
    [receipt] = write_raw(home, landed, feed_set)
    assert write_raw(home, landed, feed_set) == [receipt]  # known: not read again
    con = duckdb.connect()
    register_raw(con, home, landed, feed_set)
    notices = home.raw / receipt.source_file_id / "notice.parquet"
    con.register("notice", pq.read_table(notices))
    return home, receipt, con


def rows(read: tuple, query: str) -> list[tuple]:
    return read[2].execute(query).fetchall()


def one(read: tuple, query: str) -> tuple:
    [row] = rows(read, query)
    return row


def test_all_rows_are_kept_and_every_notice_is_counted(read: tuple) -> None:
    receipt = read[1]
    assert (receipt.read, receipt.kept, receipt.rejected, receipt.duplicates) == (220, 220, 0, 0)
    assert receipt.notice_reasons == {
        "key_fallback": 77,
        "key_shared": 6,
        "name_cut": 7,
        "permit_spelling": 1,
        "permit_unit": 4,
        "uscc_alphabet": 2,
        "uscc_check": 3,
        "uscc_length": 3,
        "uscc_suffix": 10,
    }
    assert receipt.notices == 113 == one(read, "select count(*) from notice")[0]
    assert one(read, "select count(*), count(distinct record_key) from raw.permit__site") == (220, 220)
    assert one(read, "select count(*) from notice where length(message) < 30 or message like '%{%'") == (0,)


def test_142_permit_numbers_are_well_formed_as_written(read: tuple) -> None:
    assert one(read, f"""
        with permit as (select row_no, regexp_extract(record_key, '^[^/]{{22}}(/|$)') as permit from raw.permit__site)
        select count(*) filter (regexp_matches(permit, '[A-Z]')),
               count(*) filter (regexp_matches(permit, '[A-Z]') and row_no not in
                   (select row_no from notice where column_name = '{PERMIT}' and reason_code in
                    ('permit_spelling', 'permit_length', 'permit_alphabet', 'permit_serial', 'permit_letter',
                     'key_fallback')))
        from permit""") == (143, 142)  # fmt: skip


def test_139_credit_codes_are_valid_as_written(read: tuple) -> None:
    query = f"""
        select count(legal_code), count(legal_code) filter (finding is null),
               count(legal_code) filter (finding = 'uscc_suffix')
        from raw.permit__site left join
             (select row_no, reason_code as finding from notice where column_name = '{CODE}') using (row_no)"""
    assert one(read, query) == (157, 139, 10)
    codes = rows(read, "select legal_code from raw.permit__site where legal_code is not null")
    assert sum(judge("uscc", code).is_valid for (code,) in codes) == 149


def test_regions_and_places_are_those_of_the_territory(read: tuple, repository: Path) -> None:
    known = rows(read, f"select region_code, name_zh, territory from '{repository}/dbt_project/seeds/region.csv'")
    names = {code: name for code, name, territory in known if territory == "640000"}
    assert names.pop("640000") == "宁夏回族自治区"
    found = rows(read, "select region_code, region_name, count(*) from raw.permit__site group by all order by 1")
    assert [names[code] for code, _, _ in found] == [f"{name}市" for _, name, _ in found]
    assert len(found) == len(names) == 5
    assert one(read, """select bool_and(lon_deg between 104 and 108), bool_and(lat_deg between 35 and 40)
                        from raw.permit__site""") == (True, True)  # fmt: skip


@pytest.mark.parametrize(
    ("row_no", "key", "legal_code", "reasons"),
    [
        (46, "91640000763202372W001P", "91640000763202372W", ["permit_spelling"]),  # lower-case letter
        (12, "916400007106647920001P", None, ["name_cut"]),  # two permits of one unit, "-" for its code
        (13, "916400007106647920002P", None, ["name_cut"]),
        (50, "91640000227683862F001P", "91640000227683862F", ["uscc_suffix"]),  # (__)
        (67, "91640221735973356L001V", "91640221735973356L", ["uscc_suffix"]),  # brackets around a no-break space
        (63, "91640500317866371F001V", None, []),  # a zero-width space for its code
        (141, "91640122227962749F001V", None, []),  # a zero-width space and 0
        (201, "91640000564143891B003U", None, []),  # ` for its code
        (120, "H9640200000000001F001P", "640200200001404200", ["uscc_check"]),  # H9: a unit without a credit code
        (108, "G1064012200412550V001P", "91640122554166459D", ["permit_unit"]),
        (110, "91640300MA75W0NY35001Y", "91640300MA75WONY35", ["uscc_alphabet"]),  # the letter O for 0
        (215, "126421027359911917001W", "12642101027359911917", ["uscc_length"]),
        (4, "中卫市海兴开发区污水处理厂", None, ["key_fallback"]),
        (
            10,
            "916400005541616821(01）/中国石化长城能源化工(宁夏)有限公司(水泥)",
            "916400005541616821",
            ["key_fallback", "uscc_suffix"],
        ),
    ],
)
def test_each_kind_of_dirt(read: tuple, row_no: int, key: str, legal_code: str | None, reasons: list[str]) -> None:
    assert one(read, f"select record_key, legal_code from raw.permit__site where row_no = {row_no}") == (
        key,
        legal_code,
    )
    told = rows(read, f"select reason_code from notice where row_no = {row_no} order by 1")
    assert [word for (word,) in told] == reasons


def test_names_cut_by_the_export_are_named(read: tuple) -> None:
    cut = rows(read, "select row_no from raw.permit__site where site_name like '%..' order by 1")
    told = rows(read, "select row_no from notice where reason_code = 'name_cut' order by 1")
    assert len(cut) == 7 and told == cut


def test_a_permit_under_two_names_gives_neither_of_them_its_number(read: tuple) -> None:
    shared = rows(read, """
        select distinct split_part(record_key, '/', 1), site_name from raw.permit__site
        where row_no in (select row_no from notice where reason_code = 'key_shared') order by 1, 2""")  # fmt: skip
    assert [name for number, name in shared if number == "91640181750843074J001P"] == [
        "宁夏盛世西部皮草有限公司",
        "宁夏西部皮草有限公司",
    ]
    assert len(shared) == 6


def test_a_check_says_the_same_in_chinese(folder: Path, read: tuple) -> None:
    answer = check_file(folder / "tidy" / "enterprises_permits.csv", language="zh", page=2)
    assert (answer["profile"], answer["notices"], answer["pages"]) == ("cn-ningxia-permits", 113, 12)
    assert answer["notice_reasons"] == read[1].notice_reasons
    assert len(answer["notice_examples"]) == 10
    assert answer["notice_examples"][1]["message"].startswith("“许可证”的值 91640521694309204K001P 出现在")
