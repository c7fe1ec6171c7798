"""Marks from evidence: rules, roll-up, missing data and uncertainty."""

from .evidence import NOTHING, Evidence, SiteSum
from .losses import Entry, Place, account, total_by
from .rules import share
from .tree import Assessment, CriterionMark, NodeMark, score
from .variance import Sampled, total_variance

__all__ = [
    "NOTHING",
    "Assessment",
    "CriterionMark",
    "Entry",
    "Evidence",
    "NodeMark",
    "Place",
    "Sampled",
    "SiteSum",
    "account",
    "score",
    "share",
    "total_by",
    "total_variance",
]
