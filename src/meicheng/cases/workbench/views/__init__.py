"""Pages of the workbench: the list, what is kept, orders for many cases, comments, taking back."""

from .changes import live
from .kept import columns, delete_filter, save_filter, templates
from .lists import counts, listing
from .orders import bulk_result, many, stop_many, undo_many
from .words import comment, people, undo

__all__ = [
    "bulk_result",
    "columns",
    "comment",
    "counts",
    "delete_filter",
    "listing",
    "live",
    "many",
    "people",
    "save_filter",
    "stop_many",
    "templates",
    "undo",
    "undo_many",
]
