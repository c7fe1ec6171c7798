"""What leaves the system as a file or in bulk is kept: who took what, by which filters, how much.

Every door to files sends them as attachments, which `accounts.middleware.KeepExports` sees; the
commands call `note` themselves. What keeps it stands further up the house and registers here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

# How many rows were written to a file in this request; None where nothing says.
_rows: ContextVar[int | None] = ContextVar("rows", default=None)


def begin_counting() -> None:
    """Forget what was counted for an earlier file."""
    _rows.set(None)


def counted(rows: int) -> None:
    """Say that so many rows were written to the file that is being made."""
    _rows.set((_rows.get() or 0) + rows)


def rows_counted() -> int | None:
    """How many rows were written since `begin_counting`."""
    return _rows.get()


@dataclass(frozen=True)
class Export:
    """Something that was taken out: by which door, as which file, by which filters, how many rows.

    by: the user, None on the command line.
    """

    door: str
    file: str
    by: Any = None
    filters: Mapping[str, Any] = field(default_factory=dict)
    rows: int | None = None


_keepers: list[Callable[[Export], None]] = []


def keep_with(keeper: Callable[[Export], None]) -> None:
    """Have every export kept by this function."""
    if keeper not in _keepers:
        _keepers.append(keeper)


def note(export: Export) -> None:
    """Keep that something was taken out. Raises what the keeper raises: then nothing may leave."""
    for keeper in _keepers:
        keeper(export)
