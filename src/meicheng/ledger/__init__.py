"""Observations, tallies and events: what was seen and done, once."""
