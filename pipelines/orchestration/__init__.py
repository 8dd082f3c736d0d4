"""The pipeline as Dagster assets, checks and the job `refresh`; dbt run in process.

Here: wiring only; only this room and `cli/` know Dagster or dbt. Not here: what any step computes.
"""
