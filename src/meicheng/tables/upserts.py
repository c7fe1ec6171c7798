"""Bringing tables up to date: a row that is new or differs is imported, an equal one is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from .kinds import Outcome, Rejection, Row, Taking

Result = Outcome | Rejection


class Upsert:
    """Collects new and changed rows of one table, and writes them in two statements.

    `fields` of a row are compared with what is here; only those whose column the file has (as
    `columns` names it, by default the field itself) are changed.
    """

    def __init__(self, model: type[models.Model], taking: Taking, there: Iterable[Any]) -> None:
        self._model = model
        self._taking = taking
        self.there: dict[str, Any] = {row.code: row for row in there}
        self._new: dict[str, Any] = {}
        self._changed: dict[str, tuple[Any, set[str]]] = {}

    def put(self, code: str, fields: dict[str, Any], columns: dict[str, str]) -> Outcome:
        """Take one row; returns whether it is new or changes something."""
        row = self.there.get(code)
        if row is None:
            self.there[code] = self._new[code] = self._model(code=code, **fields)
            return Outcome.IMPORTED
        different = {
            name
            for name, value in fields.items()
            if (name not in columns or columns[name] in self._taking.given)
            and getattr(row, name) != value
        }
        if not different:
            return Outcome.DUPLICATE
        for name in different:
            setattr(row, name, fields[name])
        if code not in self._new:
            kept = self._changed.setdefault(code, (row, set()))
            kept[1].update(different)
        return Outcome.IMPORTED

    def write(self) -> None:
        """Write what was collected."""
        self._model._default_manager.bulk_create(self._new.values(), batch_size=500)
        if self._changed:
            names = sorted(set().union(*(names for _row, names in self._changed.values())))
            self._model._default_manager.bulk_update(
                [row for row, _names in self._changed.values()], names, batch_size=200
            )
        self._new.clear()
        self._changed.clear()


def unknown(column: str, value: str, known: Iterable[str]) -> Rejection:
    """A row that names something that is not here, with what is."""
    codes = sorted(known)
    listed = ", ".join(codes[:30]) + (" …" if len(codes) > 30 else "")
    return Rejection(
        column,
        _("“%(value)s” is not known here; there are: %(codes)s")
        % {"value": value[:60], "codes": listed or "–"},
    )


def parents_first(
    rows: Sequence[Row], here: Callable[[str], bool]
) -> tuple[list[Row], dict[int, Rejection]]:
    """Rows of a tree in an order in which parents come before their children.

    `here` says whether a code is in the database. The rest is rejected, by row number: a parent
    that is nowhere, one that is rejected itself, or a circle.
    """
    by_code = {row.values["code"]: row for row in rows}
    ordered: list[Row] = []
    rejected: dict[int, Rejection] = {}
    state: dict[int, str] = {}

    def fault(row: Row, parent: str) -> Rejection:
        return Rejection(
            "parent",
            _("the parent “%(parent)s” is neither here nor in a row of this file that is in order")
            % {"parent": parent[:60]},
        )

    for first in rows:
        trail: list[Row] = []
        row: Row | None = first
        while row is not None and state.get(row.number) is None:
            if row in trail:
                for one in trail:
                    rejected[one.number] = Rejection(
                        "parent", _("lies under itself: the parents form a circle")
                    )
                    state[one.number] = "bad"
                trail.clear()
                break
            trail.append(row)
            parent = row.values.get("parent") or ""
            row = by_code.get(parent) if parent else None
            if row is None and parent and not here(parent):
                child = trail.pop()
                rejected[child.number], state[child.number] = fault(child, parent), "bad"
                row = child
                break
        for one in reversed(trail):
            above = by_code.get(one.values.get("parent") or "")
            if above is not None and state.get(above.number) == "bad":
                rejected[one.number] = fault(one, above.values["code"])
                state[one.number] = "bad"
            else:
                state[one.number] = "good"
                ordered.append(one)
    return ordered, rejected
