"""Meicheng (美城): see, list, date, solve, verify, strike off, mark, rank, report, keep."""

__version__ = "0.1.0"
