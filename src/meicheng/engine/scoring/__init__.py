"""Marks from evidence: rules, roll-up, missing data and uncertainty."""

from .evidence import NOTHING, Evidence, SiteSum
from .rules import share
from .tree import Assessment, CriterionMark, NodeMark, score
from .variance import Sampled, total_variance

__all__ = [
    "NOTHING",
    "Assessment",
    "CriterionMark",
    "Evidence",
    "NodeMark",
    "Sampled",
    "SiteSum",
    "score",
    "share",
    "total_variance",
]
