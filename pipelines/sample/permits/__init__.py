"""The permit feed of the province: heads, outlets, amounts and execution reports, and their files.

Not here: what was truly emitted (`world`, `hours`).
"""
