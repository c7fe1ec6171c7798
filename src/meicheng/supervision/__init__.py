"""Warnings before a case is late, supervision and cards when it is."""
