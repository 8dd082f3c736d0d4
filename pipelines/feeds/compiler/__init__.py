"""A profile and a header compiled to SQL: the plan of one file, column by column.

Here: expressions, units, gases, faults. Not here: the shape of a profile (`grammar`), running a plan (`reading`).
"""
