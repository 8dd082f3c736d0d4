"""Uncertainty: what the errors of single figures make of totals, by simulation.

Here: a seeded Monte Carlo on the terms that dbt prepared (`int_uncertainty__term`), and its table in the work file.
Not here: how uncertain a figure is (`int_fusion__figure`), the analytic propagation (`int_uncertainty__total`).
"""

from pipelines.uncertainty.build import build_intervals
from pipelines.uncertainty.montecarlo import DRAWS, Terms, simulate

__all__ = ["DRAWS", "Terms", "build_intervals", "simulate"]
