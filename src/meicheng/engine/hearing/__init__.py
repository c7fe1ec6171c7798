"""Hearing what counts of reports say: sudden rises, and places that are not heard."""

from .bursts import Level, level_of, season_of
from .unheard import Heard, Place, heard_places

__all__ = ["Heard", "Level", "Place", "heard_places", "level_of", "season_of"]
