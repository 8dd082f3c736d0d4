"""Formulas of HJ 212-2017 appendix D against worked values."""

import pytest

from pipelines.hj212 import formulas as f


def test_the_worked_mass_example() -> None:
    flow_m3_h = 245.3 * 3600
    hour = f.mass_rate_kg_h(12.35, flow_m3_h)
    assert f"{flow_m3_h:.0f}" == "883080"
    assert f"{hour:.3f}" == "10.906"
    assert f"{hour * 24:.2f}" == "261.74"


def test_volume_shares() -> None:
    assert f.percent_to_mg_m3(1.0, 44) / 1000 == pytest.approx(19.64, abs=0.005)
    assert f.ppm_to_mg_m3(1.0, 46) == pytest.approx(2.05, abs=0.005)
    assert f.ppm_to_mg_m3(1.0, 30) == pytest.approx(1.34, abs=0.005)


def test_no_as_no2() -> None:
    assert f.as_species(30.0, 30, 46) == pytest.approx(46.0)


def test_wet_gas_and_working_state() -> None:
    assert f.dry_concentration(90.0, 10.0) == pytest.approx(100.0)
    assert f.dry_flow(100.0, 10.0) == pytest.approx(90.0)
    assert f.standard_flow(1000.0, 273.0, 0.0, f.STANDARD_KPA) == pytest.approx(500.0)
    assert f.standard_concentration(50.0, 273.0, 0.0, f.STANDARD_KPA) == pytest.approx(100.0)


def test_state_corrections_leave_the_mass_as_it_is() -> None:
    conc, flow, temperature, static, moisture = 50.0, 1e5, 120.0, -0.4, 12.0
    wet_working = f.mass_rate_kg_h(conc, flow)
    conc_n = f.dry_concentration(f.standard_concentration(conc, temperature, static, 101.0), moisture)
    flow_n = f.dry_flow(f.standard_flow(flow, temperature, static, 101.0), moisture)
    assert f.mass_rate_kg_h(conc_n, flow_n) == pytest.approx(wet_working)
