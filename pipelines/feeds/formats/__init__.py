"""File formats: bytes of one file to an all-text table, read in blocks.

Here: archives, encodings, delimited text, workbooks, dBase. Not here: what a column means (`compiler`), HJ 212 logs
(`reading`).
"""
