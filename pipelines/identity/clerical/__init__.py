"""Clerical review: what people are asked, and what they decided.

Here: the human queue, the review workbook, the decision files. Not here: acting on a decision (`matching`, `places`).
"""
