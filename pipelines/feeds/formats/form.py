"""The form of a file, told by its content: a workbook, a dBase table or delimited text.

Here: signatures and byte-order marks. Not here: reading (`sheet`, `dbf`, `delimited`), archives (`archive`).
"""

import struct

from pipelines.feeds.grammar.profile import Form

ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # with a first entry; empty
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # workbooks of Excel 97–2003; locked workbooks of any year
DBASE = frozenset(b"\x02\x03\x04\x05\x30\x31\x32\x43\x63\x83\x8b\x8c\xcb\xf5\xfb")
MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}  # byte-order marks


def form_of(data: bytes) -> Form:
    """What an unpacked file is; what is neither workbook nor dBase counts as text."""
    if data.startswith((*ZIP, OLE)):
        return "xlsx"
    return "dbf" if is_dbase(data) else "csv"


def is_dbase(data: bytes) -> bool:
    """True if the data begins with a dBase header: version, month, day, and lengths that agree with one another."""
    if len(data) < 33 or data[0] not in DBASE or not (data[2] <= 12 and data[3] <= 31):
        return False
    header, record = struct.unpack_from("<HH", data, 8)
    return header >= 65 and record > 1 and len(data) >= header and b"\r" in data[64:header]


def mark_of(data: bytes) -> str | None:
    """Encoding that the byte-order mark of a text names."""
    return next((encoding for mark, encoding in MARKS.items() if data.startswith(mark)), None)
