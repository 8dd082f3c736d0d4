"""The monitoring feed of the province: what loggers see, what goes wrong, and the files by which hours arrive.

Not here: what was truly emitted (`world`, `hours`).
"""
