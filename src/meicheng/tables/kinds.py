"""What can be imported and exported: each kind is a table of columns with a way in and a way out.

A room declares its kinds in its own `exchange.py` as a list `KINDS`. Everything else (files,
encodings, mappings, batches, counts, the error file, the pages) is the same for all of them.
"""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.module_loading import module_has_submodule
from django.utils.translation import gettext as _

from .values import text

Words = str | Promise
WORDS = text()


class Refused(ValueError):
    """A file that is not read at all; the message says why and what was expected."""


class Outcome(Enum):
    """What became of a row that was in order."""

    IMPORTED = "imported"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that is not taken: the column it is about ("" is the whole row), and why."""

    column: str
    reason: str


@dataclass(frozen=True)
class Column:
    """One column of a kind's table.

    `parse` turns the cell's text into a value and raises ValueError with a reason for people.
    `aliases` are other headings that mean it. `default` is the value of an empty cell and of an absent column.
    """

    name: str
    label: Words
    parse: Callable[[str], Any] = WORDS
    required: bool = False
    example: str = ""
    aliases: tuple[str, ...] = ()
    default: Any = ""


@dataclass(slots=True)
class Row:
    """A row that could be read: its number in the file (the heading is row 1) and its values.

    fault: what the kind's `check` says of it; only in kinds that are appended to, where a row that
    is here already is a duplicate whatever is wrong with it.
    """

    number: int
    values: dict[str, Any]
    extra: dict[str, str] = field(default_factory=dict)
    fault: Rejection | None = None

    def copy(self) -> Row:
        """A row that can be changed while this one stays as it was read."""
        return Row(self.number, dict(self.values), dict(self.extra), self.fault)


@dataclass
class Taking:
    """What a kind knows while it takes rows of one file."""

    given: frozenset[str]  # the columns that the file has; others stay as they are here
    by: Any = None  # the user who imports; None on the command line
    origin: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    dry_run: bool = False
    cache: dict[str, Any] = field(default_factory=dict)  # forgotten when a dry batch is undone
    seen: set[int] = field(default_factory=set)
    times: dict[int, int] = field(default_factory=dict)
    # What the summary says of rows: a message with %(n)s (`gettext_noop`), and of how many.
    told: Counter[str] = field(default_factory=Counter)

    def first(self, key: object) -> bool:
        """Whether this natural key comes for the first time in this file.

        Only 64 bits of it are kept: a million keys need about 70 MB.
        """
        mark = hash(key)
        if mark in self.seen:
            return False
        self.seen.add(mark)
        return True

    def time(self, key: object) -> int:
        """The how-manieth time this content comes in this file: 1, 2, …"""
        mark = hash(key)
        self.times[mark] = self.times.get(mark, 0) + 1
        return self.times[mark]


Take = Callable[[list[Row], Taking], list[Outcome | Rejection]]


@dataclass(frozen=True)
class Filters:
    """Which rows to export: those below some divisions, and those that a page shows.

    paths: the paths of divisions that somebody may export; None is the whole city.
    words: filters by name, as the first row of the file will say them.
    """

    paths: tuple[str, ...] | None = None
    words: Mapping[str, str] = field(default_factory=dict)

    def within(self, path: str) -> Q:
        """The condition that keeps rows in the scope; `path` leads to a division's path."""
        if self.paths is None:
            return Q()
        condition = Q(pk__in=[])
        for prefix in self.paths:
            condition |= Q(**{f"{path}__startswith": prefix})
        return condition


@dataclass(frozen=True)
class Leniency:
    """Something that a mapping may allow which is an error otherwise: an option and its value."""

    option: str
    value: Any
    label: Words


@dataclass(frozen=True)
class Document:
    """How files that are one whole (a standard) are read and written, by the ends of their names.

    read: takes the whole file or nothing of it; each entry is a part's number and its outcome, or
        a fault whose column says where it stands.
    write: writes what the filters name and says how many parts it has.
    names: the documents that are here, each with its label and the filters that name it.
    """

    endings: tuple[str, ...]
    read: Callable[[Path, Taking], list[tuple[int, Outcome | Rejection]]]
    write: Callable[[Path, Filters], int]
    names: Callable[[], list[tuple[str, dict[str, str]]]]


@dataclass(frozen=True)
class Kind:
    """A table that can be imported and exported.

    take: writes a batch of rows in the caller's transaction and says what became of each.
    rows: the rows for export, as cells by column name.
    whole: the file is one batch, so that its rows may name each other in any order.
    append_only: rows are added and never changed; the rest is compared and brought up to date.
    geometry: the column that a GeoJSON geometry belongs to: "point" or "outline".
    identify: gives a row that has no number one from what it says; once for each row.
    check: what is wrong with a row by itself.
    check_headings: raises `Refused` for headings that no column uses and that mean nothing.
    document: for files that are one whole and no table.
    """

    code: str
    label: Words
    columns: Sequence[Column]
    take: Take
    rows: Callable[[Filters], Iterator[dict[str, Any]]]
    permission: str = "exchange.import"
    export_permission: str = "exchange.export"
    whole: bool = False
    append_only: bool = False
    keeps_extra: bool = False
    geometry: str = ""
    leniencies: Sequence[Leniency] = ()
    document: Document | None = None
    batch: int = 1000
    identify: Callable[[Row, Taking], None] | None = None
    check: Callable[[dict[str, Any]], Rejection | None] | None = None
    check_headings: Callable[[list[str]], None] | None = None

    def column(self, name: str) -> Column:
        """The column of this name."""
        return next(column for column in self.columns if column.name == name)

    @property
    def names(self) -> list[str]:
        """The columns' names, in order."""
        return [column.name for column in self.columns]

    @property
    def has_positions(self) -> bool:
        """Whether rows carry a longitude and a latitude."""
        return "longitude" in self.names


@cache
def all_kinds() -> dict[str, Kind]:
    """Every kind that a room declares, by its code."""
    found: dict[str, Kind] = {}
    for config in apps.get_app_configs():
        if config.name.startswith("meicheng.") and module_has_submodule(config.module, "exchange"):
            for kind in importlib.import_module(f"{config.name}.exchange").KINDS:
                if kind.code in found:
                    raise ValueError(f"two rooms declare the kind {kind.code!r}")
                found[kind.code] = kind
    return found


def kind_of(code: str) -> Kind:
    """The kind with this code. Raises `Refused` with those that there are."""
    kinds = all_kinds()
    if code not in kinds:
        raise Refused(
            _("There is no kind “%(code)s”; there are: %(known)s")
            % {"code": code, "known": ", ".join(kinds)}
        )
    return kinds[code]
