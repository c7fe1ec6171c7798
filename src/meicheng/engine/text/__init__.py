"""Citizens' words: made clean, compared, and read for the kind of problem they tell of."""

from .cleaning import clean
from .kinds import KindFinder, Suggestion, suggest_kind
from .likeness import similarity

__all__ = ["KindFinder", "Suggestion", "clean", "similarity", "suggest_kind"]
