"""Which records are the same place: exact stages, then probability; what is left founds sites of its own.

Here: one register against the sites there are, under provisional labels. Not here: keys of records (`records`), lasting
ids (`sites`), the order of registers (`link`).
"""
