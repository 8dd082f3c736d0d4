"""The synthetic province: what really was emitted, and three faulty feeds made from it.

Here: a simulation that shares no code and no rule with the pipeline it is used to test; sizes of noise come
from the domain brief (`noise`), never from what the pipeline makes of them. Not here: any comparison of
results with the truth.
"""

from pipelines.sample.province import write_province

__all__ = ["write_province"]
