"""Sizes of noise and shares of defects, each with the place it comes from.

Here: numbers only. "Brief" names the project's domain brief; "assumed" marks what no source gives (stated,
not fitted). Not here: the drawing of the noise. No number here was chosen by looking at what a pipeline
makes of it.
"""

# --- what plants really emit around the median of their kind ------------------------------------------------
# Median lognormal sigma of one factor (brief PART2 §5, EMEP 2019 bounds); "fugitive" and what a group
# lacks: processes.
SPREAD = {
    "1A1": {"NOx": 0.35, "SO2": 0.63, "PM": 0.55, "CO": 0.35, "VOCs": 0.35, "NH3": 0.36},
    "1A2": {"NOx": 0.22, "SO2": 0.30, "PM": 0.27, "CO": 0.45, "VOCs": 0.54, "NH3": 0.36},
    "process": {"NOx": 0.35, "SO2": 0.35, "PM": 0.47, "CO": 0.35, "VOCs": 0.53, "NH3": 0.78},
    "solvent": {"NOx": 0.35, "SO2": 0.35, "PM": 0.47, "CO": 0.59, "VOCs": 0.22, "NH3": 0.78},
    "fugitive": {"NOx": 0.51, "SO2": 0.48, "PM": 0.59, "CO": 0.35, "VOCs": 0.22, "NH3": 0.78},
}
# assumed; IPCC bounds of combustion CH4 and N2O are wider still (brief PART2 §7: recalled)
SPREAD_CH4_N2O = 0.50
SPREAD_PROCESS_CO2 = 0.012  # assumed: oxide content of clinker moves the 0.52–0.54 t/t by about 1 %
DAILY_SWING = 0.18  # assumed: day-to-day lognormal swing of a controlled stack
START_HOURS = {"peaking": 1}  # hours of low-load start after a stop, by load shape; others: START_HOURS_ELSE
START_HOURS_ELSE = 6
START_FACTOR = {"SO2": 2.0, "NOx": 2.5, "PM": 3.0, "CO": 4.0}  # assumed: abatement not yet in its window

# --- from one year to the next --------------------------------------------------------------------------------
YEAR_DRIFT_LOAD = 0.06  # assumed: lognormal change of a plant's load
YEAR_DRIFT_FACTOR = 0.04  # assumed: lognormal change of an outlet's true factors
YEAR_DRIFT_AREA = 0.05  # assumed: lognormal change of a county's total of one class and species

# --- plants and lists ---------------------------------------------------------------------------------------
REGISTRATIONS_PER_PERMIT = (
    367_600 / 20_800
)  # brief SUMMARY A14: registrations and permits of the province, 2020-09
NEWER_PLANTS = 0.10  # assumed; brief §2.6: "new plants not added" to the statistics
NEWER_MISSED = 0.90  # assumed: of the newer plants, share that the statistics list lacks
REGISTERED_LISTED = 0.50  # assumed: share of the larger registration-only plants on the key-survey list
CLOSED_LISTED = 0.02  # brief §2.6: "closed ones not removed"; share assumed
SECOND_SITES = 0.04  # brief 03 §3.4: one company, two permits (…001P, …002P); share assumed
NO_USCC = 0.01  # brief 03 §3.1: units without USCC hold numbers H9…; share assumed

# --- permits and execution reports --------------------------------------------------------------------------
# Limit over measured mean at ultra-low-emission units: 35/15.15, 50/40.1, 5/1.57 mg/m3 (brief 08, A21);
# VOCs assumed.
PERMIT_ROOM = {"SO2": 35 / 15.15, "NOx": 50 / 40.1, "PM": 5 / 1.57, "VOCs": 2.0}
PERMIT_HOURS = 7_500  # assumed design hours a year at full load
GENERAL_REPORTED = 0.60  # assumed: share of key plants that report their general outlets too
MANUAL_SIGMA = 0.30  # assumed: a few spot samples a quarter stand for the quarter
MANUAL_BIAS = -0.05  # brief §2.6: manual results edited downwards (0.43 → 0.13 mg/m3); mean size assumed
# operators fill with the upper end of earlier valid hours (brief §5.5); their own short cut
FILL_QUANTILE = 0.97
FUEL_REPORT_SIGMA = 0.02  # assumed: amounts with a few % error
NCV_TESTED_KEY = 0.60  # assumed: share of key coal users that test the heat value
QUALITY_TEST_SIGMA = 0.01  # assumed repeatability of NCV tests; S and ash five times that
# Absurd rows (brief §2.6): mostly small firms that monitor by hand; over 300 000 reports were read but no
# rates given.
SLIP_1E3 = 0.010  # share of manually based rows in kg written as t; assumed
SLIP_1E6 = 0.002  # the same in g
NEGATIVE = 0.003
NAME_SWAPPED = 0.006  # SO2 or PM written as NO2
UNIT_MISSPELT = 0.001  # assumed
REPORTED_IN_KG = 0.05  # assumed: manual rows given in kg, and said so
ABSURD_T = 11.19e9  # the 11.19 billion t of one firm, once
NAME_VARIANTS = 0.15  # assumed: old or mixed names of the same pollutant
PERMIT_CHANGED = 0.08  # assumed: permits changed (变更) within a year; the brief names the rule, not the rate
PERMIT_REAPPLIED = 0.02  # assumed: applied for anew (重新申请)
CHANGED_AMOUNT = (0.7, 1.3)  # assumed: amounts of a new version over those of the old one
DESIGN_VELOCITY = 15.0  # m/s at the stack's mouth, assumed
PERMIT_SLIP = 0.003  # assumed: amounts in kg written in a column of t
QUARTER_MISSED = 0.03  # assumed: quarterly reports never filed, though the year is reported
REGISTRATIONS_REPORTING = 2  # registrations that file a report or a limit by mistake: assumed, a few
TYPED_NUMBERS = 0.30  # assumed: numbers kept as text in a workbook; dates as text or day number alike
FULL_WIDTH = 0.03  # assumed: digits typed in full width

# --- statistics ---------------------------------------------------------------------------------------------
# brief 06 §6.2: valid monitoring goes before coefficients; share of CEMS plants assumed
MONITORING_BASED = 0.50
AMOUNT_SIGMA = 0.03  # assumed: amounts with a few % error
POWER_CARBON_TESTED = 0.35  # assumed; the others use the penalty value
PENALTY_CARBON = 0.03085  # tC/GJ, brief 07 §7.1: overstates coal CO2 by 15–20 %
PENALTY_OXIDATION = 0.99
NCV_TESTED_OTHER = 0.20  # assumed
BY_PART = 0.25  # assumed: plants that give emission by unit (forms 基102, 基103) beside their total
CALCULATED = 0.5  # assumed: plants whose calculation form (G106) is part of the export
TWO_UNITS = 0.15  # assumed: stacks that two boilers share
PRELIMINARY = 0.30  # assumed: plants whose preliminary edition is at hand beside the final one
ONLY_PRELIMINARY = 0.05  # assumed: plants whose final edition is not in yet
PRELIMINARY_SIGMA = 0.10  # assumed: what the checks of the survey still change
NO_SULPHUR = 0.06  # brief D17: S or A left out, the default counts without a word; share assumed
OTHER_FUEL_UNIT = 0.20  # brief D5: the same amount in the other of two usual units, and said so; share assumed
NAMES_PERMIT = 0.70  # assumed: forms that give the permit number
ORG_CODE = 0.08  # brief 03 §3.4: old 9-character organisation codes in files; share assumed
CODE_TYPO = 0.015  # brief §2.6: legal-person code wrong or changed; share assumed
DISTRICTS_CODE = 0.03  # brief §2.6: county code set to 市辖区; share assumed
ABOLISHED_CODE = 0.01  # brief 04 §4.2: ten abolished codes linger; share assumed
NAME_VARIANT = 0.15  # brief 03 §3.4: renamed or spelled otherwise; share assumed
RENAMED = 0.03
POSITION_SIGMA_DEG = 0.002  # brief 04 §4.4: map shift of 100–600 m
# assumed: of an area factor's variance, the part that differs by county; the rest is shared
COUNTY_SIGMA_SHARE = 0.75
NONKEY_SIGMA = 0.30  # assumed: error of a county's estimate of plants that are not listed
STATISTICAL_DIFFERENCE = 0.02  # assumed: supply less use of an energy balance, relative, one sigma
# assumed: share of the CO2 of households and services by fuel, and kg CO2 per unit (1e4 m3, t, t), rounded from
# the defaults of the 24 guides
HOME_FUELS = {"natural_gas": (0.6, 21_600.0), "lpg": (0.3, 2_950.0), "bituminous_coal": (0.1, 1_870.0)}

# --- continuous monitoring ----------------------------------------------------------------------------------
# Brief §2.5: the industry CEMS inventory states ±4.0 % for emissions; split over flow, concentration, drift
# and noise.
FLOW_BIAS = 0.03
CONCENTRATION_BIAS = 0.02
DRIFT = 0.02  # amplitude between quarterly calibrations
HOUR_NOISE = 0.03
LOW_RANGE_NOISE = {
    "SO2": 0.6,
    "NOx": 0.8,
    "PM": 0.15,
}  # mg/m3, assumed: resolution of the instruments at low range
CALIBRATION_EVERY_H = 168  # assumed: one hour a week tagged C
MAINTENANCE_EVERY_H, MAINTENANCE_H = 720, 3  # assumed: tagged M
FAULTS_A_YEAR, FAULT_H = 5.0, 8.0  # assumed: tagged D
LINK_FAULTS_A_YEAR, LINK_FAULT_H = 3.0, 4.0  # assumed: tagged B, values empty
MISSING_A_YEAR, MISSING_H = 10.0, 3.0  # assumed: rows that never arrive
# share of outlet quarters under 75 % capture; the brief names the rule, not the rate: assumed
LONG_OUTAGE = 0.05
LONG_OUTAGE_DAYS = (26, 60)
OVER_RANGE_AT_START = 0.10  # assumed: tagged T, value clipped
ZERO_DRIFT_OUTLETS = 0.30  # brief §5.6: non-zero values under a stopped tag; share assumed
LATE_TAG = 0.05  # assumed: stops whose first hours carry no stop tag
LATE_TAG_H = 24
# brief §5.7: F is the instrument, not the furnace; shut instruments in long stops, share assumed
F_WHEN_STOPPED = 0.60
INSTRUMENT_OFF_AFTER_H = 72
RESENT_ROWS = 3e-4  # brief D10: re-sent packets; share assumed
NO_OUTLET_CODE = 0.05  # brief PART2 §3: pwxk_bh is kept per outlet; share of missing ones assumed
WRONG_OUTLET_CODE = 0.02
NO_PERMIT_CODE = 0.05
LOGGER_REPLACED = 0.03  # brief §5.3: MN changes with the logger; share assumed

# --- ways by which hours arrive: shares of loggers, assumed; HJ 212-2017 stands for what they leave ------------
LOGGERS_2025 = 0.20  # HJ 212-2025, in force since 2026-01-01 (brief A4): early ones
LOGGERS_PLATFORM = 0.06  # exports of the national platform, long
LOGGERS_PROVINCE = 0.20  # exports of the provincial platform, wide
LOGGERS_FULL = 0.10  # of those with telegrams: send minimum, maximum and folded values too
MODBUS_LOGGERS = 0.02  # brief §5.2: wrong CRC occurs in the wild; share assumed
LOWER_CASE_LOGGERS = 0.02  # brief §5.2
