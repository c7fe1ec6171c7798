"""Hearing what counts of reports say: sudden rises, and places that are not heard."""

from .bursts import Level, level_of, season_of
from .same import chance_of_same, overlap
from .unheard import Heard, Place, heard_places

__all__ = [
    "Heard",
    "Level",
    "Place",
    "chance_of_same",
    "heard_places",
    "level_of",
    "overlap",
    "season_of",
]
