"""Reading one file: every row is kept, refused with its reason, or found twice.

Here: running a plan, refusals and notices, HJ 212 logs, the check of a file before it is dropped into landing. Not
here: what is written to a home (`store`).
"""
