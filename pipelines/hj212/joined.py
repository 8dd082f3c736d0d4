"""Sets of a whole file: records of the joined periods, and what becomes of their packets in the ledger.

Here: the way from packets to records and rows of `settle.CHANGE`. Not here: which packets belong together
(`sets`).
"""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa

from pipelines.hj212.records import Parsed, parse
from pipelines.hj212.sets import Packet, Sets, join
from pipelines.hj212.words import say


@dataclass
class Joined:
    """Packets in, records out; the outcome of every packet is known at the end."""

    sets: Sets = field(default_factory=Sets)
    decided: list[dict[str, Any]] = field(default_factory=list)

    def add(self, packets: list[Packet], read: int) -> pa.Table | None:
        """Records of the sets that these packets complete, under the frame number of the last packet of each.

        Args:
            packets: of one block, with their place in it as frame number.
            read: frames before this block.
        """
        numbered = (replace(packet, frame_no=packet.frame_no + read + 1) for packet in packets)
        whole = [members for packet in numbered if (members := self.sets.add(packet))]
        if not whole:
            return None
        segments = [join(members) for members in whole]
        end = np.cumsum([len(segment) for segment in segments])
        start = end - np.array([len(segment) for segment in segments])
        parsed = parse(np.frombuffer(b"".join(segments) + bytes(16), np.uint8), start, end)
        heads = np.array([max(packet.frame_no for packet in members) for members in whole])
        self._decide(whole, heads.tolist(), parsed)
        place = pa.array(heads[parsed.records["frame"].to_numpy()])
        return parsed.records.drop_columns("frame").add_column(0, "frame_no", place)

    def _decide(self, whole: list[list[Packet]], heads: list[int], parsed: Parsed) -> None:
        for i, members in enumerate(whole):
            known = {
                "outcome": parsed.head["outcome"][i].as_py(),
                "data_time": parsed.head["data_time"][i].as_py(),
                "head_frame_no": heads[i],
            }
            if refusal := parsed.refusals.get(i):
                known |= {
                    "reason_code": refusal.reason_code, "column_name": refusal.column, "message": refusal.message,
                }  # fmt: skip
            self.decided += [{"frame_no": packet.frame_no, **known} for packet in members]

    def changes(self) -> list[dict[str, Any]]:
        """Rows of `settle.CHANGE` for all packets."""
        again = [
            {"frame_no": earlier, "outcome": "duplicate", "superseded_by": later}
            for earlier, later in self.sets.replaced.items()
        ]
        incomplete = [
            {
                "frame_no": packet.frame_no,
                "outcome": "rejected",
                "reason_code": "frame_incomplete",
                "column_name": "PNO",
                "value": str(packet.pno),
                "message": say("packet_lost", pno=packet.pno, pnum=packet.pnum),
            }
            for packet in self.sets.incomplete()
        ]
        return [*self.decided, *again, *incomplete]
