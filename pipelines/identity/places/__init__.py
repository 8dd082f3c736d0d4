"""Coordinates of records: datums, repairs that people accepted, repairs that are proposed to them.

Here: where a record lies. Not here: whether two records are one place (`matching`), decisions (`clerical`).
"""
