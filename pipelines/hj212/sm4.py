"""SM4 data areas of HJ 212-2025: recognising and decrypting them.

Here: keys, what encrypted bytes look like, the cipher (library `cryptography`). Not here: CRC, and when it is
asked.

The data area is encrypted in groups of 16 bytes (ECB, no padding); bytes after the last whole group stay
plain. The CRC is that of the plain segment. Logs may print the groups as `{0xE4,0x3E,…}`. Source: third-party
notes on HJ 212-2025.
"""

import re
from collections.abc import Mapping

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from pipelines.errors import UsageError

GROUP = 16
PRINTED = re.compile(rb"\{\s*(0[xX][0-9a-fA-F]{2}(?:\s*,\s*0[xX][0-9a-fA-F]{2})*)\s*,?\s*\}")
TEXT = bytes(range(0x20, 0x7F)) + b"\t\r\n"

Keys = Mapping[str, bytes]


def read_keys(keys: Mapping[str, bytes | str] | None) -> Keys:
    """Keys by MN (`*` for all loggers), each 16 bytes or 32 hex digits.

    Raises:
        UsageError: a key is of another length or no hex text.
    """
    known = {}
    for mn, key in (keys or {}).items():
        try:
            known[mn] = bytes.fromhex(key) if isinstance(key, str) else bytes(key)
        except ValueError:
            known[mn] = b""
        if len(known[mn]) != GROUP:
            raise UsageError(f"The SM4 key of logger {mn} is not 128 bits long; give 32 hex digits.")
    return known


def looks_encrypted(area: bytes, is_intact: bool) -> bool:
    """True if a data area holds many bytes that no ASCII text holds (62 % on average, if random), and is no
    Chinese.

    Args:
        area: the data area.
        is_intact: its CRC fits as it stands; then it may be GB18030, which much else would pass for.
    """
    groups = area[: len(area) // GROUP * GROUP]
    if not groups or 4 * len(groups.translate(None, TEXT)) < len(groups):
        return False
    return not any(_is_text(area, encoding) for encoding in (("utf-8", "gb18030") if is_intact else ("utf-8",)))


def _is_text(area: bytes, encoding: str) -> bool:
    try:
        return all(sign.isprintable() or sign in "\t\r\n" for sign in area.decode(encoding))
    except UnicodeDecodeError:
        return False


def unprint(area: bytes) -> bytes | None:
    """The bytes behind `{0xE4,0x3E,…}` and the plain rest after it; None if the area is not written so."""
    match = PRINTED.match(area)
    if not match:
        return None
    return bytes(int(part, 16) for part in match[1].split(b",")) + area[match.end() :]


def decrypt(area: bytes, key: bytes) -> bytes:
    """Plain data area."""
    whole = len(area) // GROUP * GROUP
    cipher = Cipher(algorithms.SM4(key), modes.ECB()).decryptor()
    return cipher.update(area[:whole]) + cipher.finalize() + area[whole:]
