"""Sites and the links to them as others read them, and what a linking leaves behind for the next one.

Here: ids that last from release to release. Not here: which records are one place (`matching`).
"""
