"""HJ 212 telegrams: from a logger's file to records and hours.

Here: frames, their length and CRC, the fields inside them, joining, repeats, the formulas of HJ 212, hours in
the shape of the raw contract `monitoring__hour`. Not here: feed sets, profiles and landing (`feeds/`),
acceptance and substitution of hours (`monitoring/`). Codes and their units stand in the seed `hj212_factor`.
"""

from pipelines.hj212.factors import Factor, find_factor, read_factors, with_units
from pipelines.hj212.hours import COLUMN_OF, GasState, Hours, to_hours
from pipelines.hj212.reader import Counts, TelegramResult, read_telegrams

__all__ = [
    "COLUMN_OF",
    "Counts",
    "Factor",
    "GasState",
    "Hours",
    "TelegramResult",
    "find_factor",
    "read_factors",
    "read_telegrams",
    "to_hours",
    "with_units",
]
