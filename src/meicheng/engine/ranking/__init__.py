"""Rates with intervals, composite marks, and ranks that admit doubt."""

from .ranks import Entrant, Mark, Placed, Weighted, place
from .rates import Rate, told_apart

__all__ = ["Entrant", "Mark", "Placed", "Rate", "Weighted", "place", "told_apart"]
