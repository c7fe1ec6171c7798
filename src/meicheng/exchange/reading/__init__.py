"""Files into rows of text cells: CSV, XLSX and GeoJSON, told apart by content, not by name."""

from .detect import open_table
from .table import RawRow, Table

__all__ = ["RawRow", "Table", "open_table"]
