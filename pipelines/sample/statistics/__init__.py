"""The statistics feed of the province: survey list, unit forms, calculation rows, editions, county totals, their files.

Not here: what was truly emitted (`world`, `hours`).
"""
