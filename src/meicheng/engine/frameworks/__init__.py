"""Standards written down as data: read with every error at once, checked, written again."""

from .model import Criterion, Framework, Node
from .problems import Known, Problem, Where
from .reading import read_document, read_yaml, shipped
from .sheets import read_xlsx, write_xlsx
from .stored import framework_from_file, framework_to_file
from .yaml_files import write_yaml

__all__ = [
    "Criterion",
    "Framework",
    "Known",
    "Node",
    "Problem",
    "Where",
    "framework_from_file",
    "framework_to_file",
    "read_document",
    "read_xlsx",
    "read_yaml",
    "shipped",
    "write_xlsx",
    "write_yaml",
]
