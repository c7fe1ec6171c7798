"""Whether something that was done made a difference: areas before and after, beside others."""

from .areas import Area, most_alike
from .arrangements import Comparison, compare_groups
from .judging import MOST_DOUBT, Finding, Reason, Verdict, judge

__all__ = [
    "MOST_DOUBT",
    "Area",
    "Comparison",
    "Finding",
    "Reason",
    "Verdict",
    "compare_groups",
    "judge",
    "most_alike",
]
