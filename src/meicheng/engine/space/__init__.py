"""Places on the earth: coordinate systems, outlines, cells and distances."""

from .cells import cell_of, cells_around, cells_covering
from .distances import distance_m, nearest
from .locator import BadOutline, Locator
from .systems import BadPosition, System, check_position, convert

__all__ = [
    "BadOutline",
    "BadPosition",
    "Locator",
    "System",
    "cell_of",
    "cells_around",
    "cells_covering",
    "check_position",
    "convert",
    "distance_m",
    "nearest",
]
