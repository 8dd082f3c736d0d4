"""Monitoring: from hourly records as reported to accepted and filled hours.

Here: which hours count (state, flag, outlier), the mass of an hour, the filling of gaps by dated rules, the
cross-check of mass against flow x concentration. Not here: reading files (`feeds/`), which outlet a monitor
watches (`identity/`), months and totals (dbt).
"""

from pipelines.monitoring.build import build_hours, released_hours_sql
from pipelines.monitoring.rules import FillRule, RuleSet
from pipelines.monitoring.substitution import Substituted, outliers, substitute

__all__ = ["FillRule", "RuleSet", "Substituted", "build_hours", "outliers", "released_hours_sql", "substitute"]
