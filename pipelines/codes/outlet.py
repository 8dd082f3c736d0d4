"""Codes inside one site (HJ 608-2017): outlets DA, DW and facilities MF, TA, TW, TN, TS.

Here: their grammars. A number is unique inside its site only. Not here: logger numbers (MN), which have no relation
to these codes.
"""

from pipelines.codes import spelling
from pipelines.codes.grammar import Grammar, Repair, differs

OUTLET_CODE = Grammar(
    name="outlet_code",
    repairs=(Repair("outlet_spelling", spelling.code, spelling.code_sql),),
    rules=(
        differs("outlet_prefix", "D[AW].*"),
        differs("outlet_number", "..[0-9]{3}"),
    ),
    kinds=(("DA.*", "air_outlet"), ("DW.*", "water_outlet")),
)

FACILITY_CODE = Grammar(
    name="facility_code",
    repairs=(Repair("facility_spelling", spelling.code, spelling.code_sql),),
    rules=(
        differs("facility_prefix", "(MF|T[AWNS]).*"),
        differs("facility_number", "MF[0-9]{4}|T.[0-9]{3}"),
    ),
    kinds=(
        ("MF.*", "production"),
        ("TA.*", "air_treatment"),
        ("TW.*", "water_treatment"),
        ("TN.*", "noise_treatment"),
        ("TS.*", "solid_waste_treatment"),
    ),
)
