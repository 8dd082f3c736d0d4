"""One profile for every form of a file: workbooks old and new, dBase, text in any encoding; and damaged files."""

import io
import random
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from pipelines.feeds.formats.archive import Limits, unpack
from pipelines.feeds.formats.reader import Unreadable, read_bytes
from pipelines.feeds.grammar.catalogue import parse
from pipelines.feeds.grammar.feedset import Context
from pipelines.feeds.reading.engine import RawResult, read_rows

XLS = Path(__file__).parent.parent / "fixtures" / "form.xls"
OLE = bytes.fromhex("d0cf11e0a1b11ae1")
PROFILE = """
feed: statistics
encoding: auto
%s
tables:
  - table: statistics__emission
    columns:
      scheme: {constant: TEST}
      record_key: 企业
      period_start: {from: 起, format: ["%%Y-%%m-%%d", "%%Y/%%m/%%d"]}
      period_end: {constant: "2020-12-31"}
    melt:
      - by: {species: {SO2: %s, NOx: %s}}
        value: {mass_kg: {unit: t}}
"""
FORM = PROFILE % ("header_row: 2\nheader_lines: 2\nstop_at: [合计]", "二氧化硫 排放量", "氮氧化物 排放量")
PLAIN = PROFILE % ("", "二氧化硫", "氮氧化物")
LINES = [
    ["2020 年排放情况表", "", "", "", "", ""],
    ["企业", "起", "二氧化硫", "", "氮氧化物", ""],
    ["", "", "浓度", "排放量", "浓度", "排放量"],
    ["a", "2020-01-01", "30", "1.5", "50", "２"],
    ["合计", "", "", "", "", ""],
]
MERGED = [(1, 0, 2, 0), (1, 1, 2, 1), (1, 2, 1, 3), (1, 4, 1, 5)]


def read(data: bytes, name: str = "file.dat", text: str = FORM) -> RawResult:
    profile = parse(text, "test.yaml")
    result = read_rows(read_bytes(data, name, profile), profile, Context())
    assert result.read == result.kept + result.rejected + result.duplicates
    return result


def masses(result: RawResult) -> list[float]:
    return result.rows("statistics__emission")["mass_kg"].to_pylist()


def csv(encoding: str) -> bytes:
    return "\n".join(",".join(line) for line in LINES).encode(encoding)


def xlsx() -> bytes:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate(LINES):
            sheet.write_row(number, 0, line)
        for place in MERGED:
            sheet.merge_range(*place, LINES[place[0]][place[1]])
    return data.getvalue()


def ods() -> bytes:
    """An OpenDocument sheet, its cells as texts."""
    rows = "".join(
        "<table:table-row>"
        + "".join(f'<table:table-cell office:value-type="string"><text:p>{t}</text:p></table:table-cell>' for t in line)
        + "</table:table-row>"
        for line in LINES
    )
    names = "".join(
        f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
        for short, long in (("office", "office"), ("table", "table"), ("text", "text"))
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{names}><office:body><office:spreadsheet>'
        f'<table:table table:name="表1">{rows}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:m"/>')
    return data.getvalue()


def packed(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("form", data)
    return out.getvalue()


FORMS: dict[str, Callable[[], bytes]] = {
    "xlsx": xlsx,
    "xlsx in zip": lambda: packed(xlsx()),
    "xls": XLS.read_bytes,
    "xls in zip": lambda: packed(XLS.read_bytes()),
    "ods": ods,
    "csv utf-8": lambda: csv("utf-8"),
    "csv utf-8 with mark": lambda: csv("utf-8-sig"),
    "csv gb18030": lambda: csv("gb18030"),
    "csv utf-16": lambda: csv("utf-16"),
    "csv in zip": lambda: packed(csv("gb18030")),
}


@pytest.mark.parametrize("form", FORMS)
def test_one_profile_reads_every_form(form: str) -> None:
    result = read(FORMS[form]())
    assert (result.read, masses(result)) == (1, [1500.0, 2000.0])
    assert result.rows("statistics__emission")["row_no"].to_pylist() == [4, 4]


def dbf(records: list[tuple[bytes, ...]], encoding: str = "gb18030", version: int = 0x03) -> bytes:
    """A dBase table; a record is its mark of deletion and its cells."""
    fields = [("企业", "C", 8, 0), ("起", "D", 8, 0), ("二氧化硫", "N", 10, 3), ("氮氧化物", "N", 10, 3)]
    fields.append(("备注", "M", 10, 0))
    parts = b"".join(
        name.encode(encoding).ljust(11, b"\0") + kind.encode() + bytes(4) + bytes([width, decimals]) + bytes(14)
        for name, kind, width, decimals in fields
    )
    head = struct.pack("<BBBBIHH20x", version, 120, 6, 30, len(records), 33 + len(parts), 1 + 46)
    rows = b"".join(
        record[0] + b"".join(cell.ljust(width) for cell, (_, _, width, _) in zip(record[1:], fields, strict=True))
        for record in records
    )
    return head + parts + b"\r" + rows + b"\x1a"


RECORDS = [
    (b" ", "甲厂".encode("gb18030"), b"20200101", b"     1.500", b"         2", b""),
    (b"*", b"gone", b"20200101", b"         9", b"         9", b""),
    (b" ", b"b", b"20200230", b"         1", b"         1", b""),
    (b" ", b"c", b"20200101", b"      ****", b"         1", b""),
]


@pytest.mark.parametrize("keys", ["", "format: dbf"])
def test_a_dbase_table_is_read_like_any_file(keys: str) -> None:
    result = read(dbf(RECORDS), text=PLAIN.replace("encoding: auto", f"encoding: auto\n{keys}"))
    assert (result.read, result.kept) == (3, 1)
    assert masses(result) == [1500.0, 2000.0]
    assert result.rows("statistics__emission")["record_key"].to_pylist() == ["甲厂", "甲厂"]
    assert [(row["row_no"], row["reason_code"]) for row in result.rejects()] == [
        (4, "date_malformed"),
        (5, "number_malformed"),
    ]


def test_a_text_that_begins_like_dbase_or_zip_is_a_text() -> None:
    for start in ("PK企业", "0企业", "C企业"):
        text = PLAIN.replace("企业", start)
        assert masses(read(f"{start},起,二氧化硫,氮氧化物\na,2020/01/01,1,2\n".encode(), text=text)) == [1000.0, 2000.0]


@pytest.mark.parametrize(
    ("data", "keys", "key"),
    [
        (OLE + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(512), "", "workbook_locked"),
        (OLE + bytes(2000), "", "workbook"),
        (csv("utf-8"), "format: xlsx", "workbook"),
        (csv("utf-8"), "format: dbf", "other_format"),
        (xlsx(), "format: csv", "is_workbook"),
        (XLS.read_bytes(), "format: csv", "is_workbook"),
        (packed(packed(b"x")), "", "archive_nested"),
        (dbf(RECORDS)[:-60], "", "dbf_cut"),
        (dbf(RECORDS), "encoding: utf-8", "dbf_encoding"),
        (dbf(RECORDS), "encoding: klingon", "encoding_unknown"),
    ],
)
def test_what_cannot_be_read_says_why(data: bytes, keys: str, key: str) -> None:
    text = FORM.replace("encoding: auto", keys if "encoding" in keys else f"encoding: auto\n{keys}")
    with pytest.raises(Unreadable) as refused:
        read(data, text=text)
    assert refused.value.key == key
    assert refused.value.tell("zh") != refused.value.tell("en")


@pytest.mark.parametrize("form", ["xlsx", "xls", "ods", "csv gb18030", "dbf"])
def test_damage_anywhere_ends_in_rows_or_in_a_sentence(form: str) -> None:
    """Bytes changed, cut off or repeated at random places: never anything but rows or `Unreadable`."""
    whole, chance = (dbf(RECORDS) if form == "dbf" else FORMS[form]()), random.Random(form)
    ends = set()
    for _ in range(200):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 8)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        data = data[: chance.randrange(len(data))] if chance.random() < 0.3 else data
        try:
            read(bytes(data), text=PLAIN if form == "dbf" else FORM)
            ends.add("rows")
        except Unreadable as error:
            ends.add("unreadable")
            assert len(str(error)) > 20
    assert "unreadable" in ends


def test_a_workbook_inside_an_archive_is_measured_too() -> None:
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", bytes(1 << 19))
    with pytest.raises(Unreadable) as refused:
        unpack(io.BytesIO(packed(book.getvalue())), "f.zip", Limits(1 << 20, 10, 1 << 16, 5))
    assert refused.value.key == "archive_ratio"
