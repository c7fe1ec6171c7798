"""Marks from evidence: rules, roll-up, missing data and uncertainty."""

from .change import Difference, difference
from .evidence import NOTHING, Evidence, SiteSum
from .losses import Entry, Place, account, total_by
from .rules import share
from .tree import Assessment, CriterionMark, NodeMark, sampled_parts, score
from .variance import Linear, Sampled, Stratum, linearised, total_variance
from .whatif import Change, supposed

__all__ = [
    "NOTHING",
    "Assessment",
    "Change",
    "CriterionMark",
    "Difference",
    "Entry",
    "Evidence",
    "Linear",
    "NodeMark",
    "Place",
    "Sampled",
    "SiteSum",
    "Stratum",
    "account",
    "difference",
    "linearised",
    "sampled_parts",
    "score",
    "share",
    "supposed",
    "total_by",
    "total_variance",
]
