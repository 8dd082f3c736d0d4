"""Formulas of HJ 212-2017 appendix D (the same as in HJ 75-2017 and HJ 76-2017), on numbers or arrays.

Here: arithmetic only. Not here: where a value comes from, in which unit a logger sends it (`factors`), which
hour counts. Standard state is 273 K and 101.325 kPa. Missing values are NaN and stay NaN.
"""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Value = TypeVar("Value", float, NDArray[np.float64])

STANDARD_KPA = 101.325
ZERO_C_K = 273.0  # the standard writes 273, not 273.15
MOLAR_VOLUME_L = 22.4


def standard_concentration(conc: Value, temperature_c: Value, static_kpa: Value, ambient_kpa: Value) -> Value:
    """Concentration in the standard state, mg/m3, from that in the working state.

    Csn = Cs x 101325 / (Ba + Ps) x (273 + ts) / 273 (HJ 212-2017 appendix D). The static pressure is a gauge
    pressure and may be negative; both pressures in kPa here, in Pa in the standard.
    """
    return conc * STANDARD_KPA / (ambient_kpa + static_kpa) * (ZERO_C_K + temperature_c) / ZERO_C_K


def dry_concentration(conc: Value, moisture_pct: Value) -> Value:
    """Concentration (mg/m3) or oxygen (%) of dry gas from that of wet gas: C / (1 - Xsw) (HJ 212-2017
    appendix D)."""
    return conc / (1 - moisture_pct / 100)


def ppm_to_mg_m3(ppm: Value, molar_mass_g_mol: float) -> Value:
    """mg/m3 in the standard state from a volume share in ppm: C = M / 22.4 x ppm (HJ 212-2017 appendix D)."""
    return ppm * (molar_mass_g_mol / MOLAR_VOLUME_L)


def percent_to_mg_m3(percent: Value, molar_mass_g_mol: float) -> Value:
    """mg/m3 from a volume share in per cent; 1 % of CO2 (44 g/mol) is 19.64 g/m3 (HJ 212-2017 appendix D, M /
    22.4)."""
    return ppm_to_mg_m3(percent * 1e4, molar_mass_g_mol)


def as_species(mass: Value, molar_mass_g_mol: float, as_molar_mass_g_mol: float) -> Value:
    """Mass or concentration expressed as another species: NO as NO2 is x 46 / 30 (HJ 76-2017: NOx is given as
    NO2)."""
    return mass * (as_molar_mass_g_mol / molar_mass_g_mol)


def standard_flow(flow_m3_h: Value, temperature_c: Value, static_kpa: Value, ambient_kpa: Value) -> Value:
    """Flow in the standard state, m3/h, of the same moisture as given.

    Qs x 273 / (273 + ts) x (Ba + Ps) / 101325, the first part of Qsn in HJ 212-2017 appendix D; pressures in
    kPa here.
    """
    return flow_m3_h * ZERO_C_K / (ZERO_C_K + temperature_c) * (ambient_kpa + static_kpa) / STANDARD_KPA


def dry_flow(flow_m3_h: Value, moisture_pct: Value) -> Value:
    """Flow of dry gas, m3/h: Q x (1 - Xsw), the second part of Qsn in HJ 212-2017 appendix D."""
    return flow_m3_h * (1 - moisture_pct / 100)


def mass_rate_kg_h(conc_mg_m3: Value, flow_m3_h: Value) -> Value:
    """Mass rate, kg/h: G = C x Qsn x 1e-6 with C and Q dry and in the standard state, C measured and **not**
    folded.

    HJ 212-2017 appendix D, HJ 75-2017. A day's mass is the sum of its hours; the factor 1e-6 that the
    standard prints once more there is a slip.
    """
    return conc_mg_m3 * flow_m3_h * 1e-6
