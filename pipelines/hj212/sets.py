"""Sets: a period sent in several packets (PNUM, PNO), joined before it is read.

Here: which packets belong together, and one segment out of their data areas. Not here: what the segment says.
Sets are rare, so packets are handled one by one.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime

PACKET_FIELDS = re.compile(rb"(?:^|;)(?:PNUM|PNO)=[^;]*(?=;)")
NEW_FIELD = re.compile(rb"(?:DataTime=|[A-Za-z0-9]+-[A-Za-z]+=)")
MAX_OPEN = 10_000  # sets under way; beyond it the oldest is given up, so that no file can fill the memory
LOOK_BACK = 8

Stream = tuple[str, str, str, int]  # mn, st, cn, pnum


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
    """Sets under way, over all blocks of a file.

    `replaced` maps a packet that was sent again to the later one; `given_up` are packets of sets that stayed
    open too long.
    """

    open: dict[Stream, dict[datetime | None, dict[int, Packet]]] = field(default_factory=dict)
    replaced: dict[int, int] = field(default_factory=dict)
    given_up: list[Packet] = field(default_factory=list)
    count: int = 0

    def add(self, packet: Packet) -> list[Packet] | None:
        """Add a packet; the whole set in order of PNO if this one completes it.

        Packets belong together by logger, command, number of packets and DataTime (their QN may differ by
        milliseconds, HJ 212-2017 6.3); a packet without DataTime joins the set of its logger that was opened
        last.
        """
        stream = self.open.setdefault((packet.mn, packet.st, packet.cn, packet.pnum), {})
        period = packet.data_time
        if period not in stream:
            near: list[datetime | None] = [None] if period else list(stream)[-1 : -LOOK_BACK - 1 : -1]
            period = next((p for p in near if p in stream and packet.pno not in stream[p]), period)
        if period not in stream:
            self._make_room()
            stream[period] = {}
            self.count += 1
        members = stream[period]
        if earlier := members.get(packet.pno):
            self.replaced[earlier.frame_no] = packet.frame_no
        members[packet.pno] = packet
        if len(members) < packet.pnum:
            return None
        self.count -= 1
        return [packet for _, packet in sorted(stream.pop(period).items())]

    def _make_room(self) -> None:
        while self.count >= MAX_OPEN:
            stream = next(stream for stream in self.open.values() if stream)
            members = stream.pop(next(iter(stream)))
            self.given_up += [replace(packet, segment=b"") for packet in members.values()]
            self.count -= 1

    def incomplete(self) -> list[Packet]:
        """Packets of sets that never became whole."""
        waiting = (members for stream in self.open.values() for members in stream.values())
        return [*self.given_up, *(packet for members in waiting for packet in members.values())]


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
