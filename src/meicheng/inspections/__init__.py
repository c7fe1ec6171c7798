"""Visits to sites and their answers."""
