"""What a home holds of the feeds: bytes as received, Parquet by contract, the schema `raw` of the work file.

Here: side effects on disk. Not here: how a file is read (`reading`).
"""
