"""Records of all feeds in one shape, with their keys in one spelling.

Here: what all stages compare, and which of it changed since the last linking. Not here: comparing (`matching`), repairs
of coordinates (`places`).
"""
