"""Standards written down as data: read with every error at once, checked, written again."""

from .carrying import Carried, carried_across, spread_over_criteria
from .crosswalk import (
    Crosswalk,
    EditionKey,
    Link,
    crosswalk_from_file,
    read_crosswalk,
    write_crosswalk,
)
from .differences import Difference, differences
from .model import Criterion, Framework, Node, framework_from
from .plain import METHODS, UNITS, VERIFIED, rule_words, unit_words
from .problems import Known, Problem, Where
from .reading import read_document, read_yaml, shipped
from .sheets import read_xlsx, write_xlsx
from .stored import framework_from_file, framework_to_file
from .yaml_files import write_yaml

__all__ = [
    "METHODS",
    "UNITS",
    "VERIFIED",
    "Carried",
    "Criterion",
    "Crosswalk",
    "Difference",
    "EditionKey",
    "Framework",
    "Known",
    "Link",
    "Node",
    "Problem",
    "Where",
    "carried_across",
    "crosswalk_from_file",
    "differences",
    "framework_from",
    "framework_from_file",
    "framework_to_file",
    "read_crosswalk",
    "read_document",
    "read_xlsx",
    "read_yaml",
    "rule_words",
    "shipped",
    "spread_over_criteria",
    "unit_words",
    "write_crosswalk",
    "write_xlsx",
    "write_yaml",
]
