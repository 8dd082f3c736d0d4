"""Identity: which records of the feeds are the same physical place.

Here: the records of all feeds in one shape, the stages that link them (codes first, then names with a place), the ids
of sites. Not here: reading files (feeds), outlets and attributes of a site (dbt, int_identity__*).
"""

from pipelines.identity.link import LinkSummary, link_records

__all__ = ["LinkSummary", "link_records"]
