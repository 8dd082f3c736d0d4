"""Reports from a release: why a figure is what it is, totals, and the comparison with a known truth.

Here: queries on a release's read-only warehouse and their rendering. Not here: anything that writes a release.
"""

from pipelines.report.explain import explain
from pipelines.report.score import score
from pipelines.report.totals import BASES, feed_totals, totals

__all__ = ["BASES", "explain", "feed_totals", "score", "totals"]
