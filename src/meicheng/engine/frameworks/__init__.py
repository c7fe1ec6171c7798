"""Standards written down as data: read with every error at once, checked, written again."""

from .model import Criterion, Framework, Node, framework_from
from .plain import METHODS, VERIFIED, rule_words, unit_words
from .problems import Known, Problem, Where
from .reading import read_document, read_yaml, shipped
from .sheets import read_xlsx, write_xlsx
from .stored import framework_from_file, framework_to_file
from .yaml_files import write_yaml

__all__ = [
    "METHODS",
    "VERIFIED",
    "Criterion",
    "Framework",
    "Known",
    "Node",
    "Problem",
    "Where",
    "framework_from",
    "framework_from_file",
    "framework_to_file",
    "read_document",
    "read_xlsx",
    "read_yaml",
    "rule_words",
    "shipped",
    "unit_words",
    "write_xlsx",
    "write_yaml",
]
