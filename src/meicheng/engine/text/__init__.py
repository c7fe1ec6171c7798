"""Citizens' words: made clean, compared, and read for the kind of problem they tell of."""

from .cleaning import clean
from .kinds import KindFinder, Suggestion, suggest_kind
from .likeness import similarity
from .personal import Found, Personal, find_personal, mask_name, mask_personal

__all__ = [
    "Found",
    "KindFinder",
    "Personal",
    "Suggestion",
    "clean",
    "find_personal",
    "mask_name",
    "mask_personal",
    "similarity",
    "suggest_kind",
]
