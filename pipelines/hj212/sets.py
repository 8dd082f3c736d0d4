"""Sets: a period sent in several packets (PNUM, PNO), joined before it is read.

Here: which packets belong together, and one segment out of their data areas. Not here: what the segment says.
Sets are rare, so packets are handled one by one.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime

PACKET_FIELDS = re.compile(rb"(?:^|;)(?:PNUM|PNO)=[^;]*(?=;)")
NEW_FIELD = re.compile(rb"(?:DataTime=|[A-Za-z0-9]+-[A-Za-z]+=)")


@dataclass(frozen=True)
class Packet:
    """One packet of a set."""

    frame_no: int
    mn: str
    st: str
    cn: str
    data_time: datetime | None
    pnum: int
    pno: int
    segment: bytes


@dataclass
class Sets:
    """Sets under way, over all blocks of a file. `replaced` maps a packet that was sent again to the later
    one."""

    open: dict[tuple, dict[int, Packet]] = field(default_factory=dict)
    replaced: dict[int, int] = field(default_factory=dict)

    def add(self, packet: Packet) -> list[Packet] | None:
        """Add a packet; the whole set in order of PNO if this one completes it.

        Packets belong together by logger, command, count and DataTime (QN may differ by milliseconds, HJ
        212-2017 6.3); a packet without DataTime joins the set of its logger that was opened last.
        """
        key = (packet.mn, packet.st, packet.cn, packet.pnum, packet.data_time)
        if key not in self.open:
            near = [k for k in self.open if k[:4] == key[:4] and (key[4] is None or k[4] is None)]
            key = next((k for k in reversed(near) if packet.pno not in self.open[k]), key)
        members = self.open.setdefault(key, {})
        if earlier := members.get(packet.pno):
            self.replaced[earlier.frame_no] = packet.frame_no
        members[packet.pno] = packet
        if len(members) < packet.pnum:
            return None
        return [members[pno] for pno in sorted(self.open.pop(key))]

    def incomplete(self) -> list[Packet]:
        """Packets of sets that never became whole."""
        return [packet for members in self.open.values() for packet in members.values()]


def join(packets: list[Packet]) -> bytes:
    """One segment: the head of the first packet without packet fields, and all data areas one after the
    other.

    Loggers cut between fields or in the midst of one; a separator is put in only where a whole field meets
    the beginning of the next.
    """
    opening, _, rest = packets[0].segment.partition(b"CP=&&")
    area = rest[:-2]
    for packet in packets[1:]:
        more = packet.segment.partition(b"CP=&&")[2][:-2]
        last_field = re.split(rb"[;,]", area)[-1]
        if area and b"=" in last_field and NEW_FIELD.match(more):
            area += b";"
        area += more
    return PACKET_FIELDS.sub(b"", opening) + b"CP=&&" + area + b"&&"
