"""The synthetic province: the fused figures come nearest to the truth or tie, and totals close."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from pipelines.home import Home
from pipelines.report.score import WAYS, markdown, score

ROUNDING = 1e-4


def test_fused_is_nearest_to_the_truth_for_every_species(
    sample: duckdb.DuckDBPyConnection, sample_feeds: Path, show: Callable[[str], None]
) -> None:
    table = score(sample, sample_feeds)
    show(markdown(table))
    assert {row["species"] for row in table} >= {"SO2", "NOx", "PM", "CO", "CO2", "CH4", "N2O", "VOCs", "NH3"}
    for row in table:
        errors = {way: row[f"{way}_error"] for way in WAYS}
        # Where one feed alone speaks the ways say the same: its forms round the total and its parts apart.
        assert errors["fused"] <= min(errors.values()) + ROUNDING, (row["species"], errors)
    assert sum(row["fused_error"] < min(row[f"{way}_error"] for way in WAYS[1:]) - ROUNDING for row in table) >= 8


def test_sources_months_and_regions_close(sample: duckdb.DuckDBPyConnection) -> None:
    rows = sample.execute(
        """
        with monthly as (select species, fsum(mass_kg) as mass_kg from emission group by species),
        yearly as (select species, fsum(mass_kg) as mass_kg from emission_yearly group by species),
        city as (
            select substr(metric, 10) as species, fsum(value) as mass_kg from index_input
            where metric like 'emission_%' group by all
        ),
        chosen as (select species, fsum(chosen_kg) as mass_kg from emission_candidate group by species)
        select species, monthly.mass_kg, yearly.mass_kg, chosen.mass_kg, coalesce(city.mass_kg, monthly.mass_kg)
        from monthly inner join yearly using (species) inner join chosen using (species) left join city using (species)
        """
    ).fetchall()
    assert rows
    for species, monthly, *others in rows:
        assert others == [pytest.approx(monthly, rel=1e-9)] * 3, species


def test_no_absurd_declaration_is_chosen_and_each_says_why(sample: duckdb.DuckDBPyConnection) -> None:
    rows = sample.execute(
        "select is_chosen, mass_kg, ratio_to_chosen, reason from emission_candidate where reason like 'out_of_band%'"
    ).fetchall()
    assert rows
    assert not any(chosen for chosen, *_ in rows)


def test_the_release_says_that_it_is_synthetic(sample: duckdb.DuckDBPyConnection, sample_home: Home) -> None:
    assert sample.execute("select is_synthetic from release").fetchone() == (True,)
    assert sample.execute("select bool_and(is_synthetic) from source_file").fetchone() == (True,)
    assert sample.execute("select bool_and(contains(site_name, '合成')) from site").fetchone() == (True,)
