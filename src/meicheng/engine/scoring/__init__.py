"""Marks from evidence: rules, roll-up, missing data and uncertainty."""

from .change import Difference, difference
from .evidence import NOTHING, Evidence, SiteSum
from .losses import Entry, Place, account, total_by
from .rules import share
from .tree import Assessment, CriterionMark, NodeMark, score
from .variance import Sampled, total_variance
from .whatif import Change, supposed

__all__ = [
    "NOTHING",
    "Assessment",
    "Change",
    "CriterionMark",
    "Difference",
    "Entry",
    "Evidence",
    "NodeMark",
    "Place",
    "Sampled",
    "SiteSum",
    "account",
    "difference",
    "score",
    "share",
    "supposed",
    "total_by",
    "total_variance",
]
