"""Marks under the standards, with their sources."""
