"""Crosswalks between editions that are here: taken in, read again, and what they say moved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from meicheng.engine import frameworks as engine
from meicheng.engine.frameworks import EditionKey, Problem

from .models import Crosswalk, Framework
from .queries import said


@dataclass(frozen=True)
class Name:
    """A part of a standard by its code and name."""

    code: str
    name: str
    share: float = 1.0


@dataclass(frozen=True)
class Move:
    """An old part and what took it over; nothing where it was given up."""

    old: Name
    new: list[Name]

    @property
    def left(self) -> float:
        """How much of the old part was given up."""
        return max(0.0, 1.0 - sum(part.share for part in self.new))

    @property
    def same(self) -> bool:
        """Whether the part went on whole under its own code."""
        return [(part.code, part.share) for part in self.new] == [(self.old.code, 1.0)]


@dataclass(frozen=True)
class Succession:
    """How one edition came from another: what moved, what stayed, and what is new."""

    before: Framework
    after: Framework
    moves: list[Move]
    fresh: list[Name]

    @property
    def moved(self) -> list[Move]:
        """What did not simply go on under its own code."""
        return [move for move in self.moves if not move.same]

    @property
    def stayed(self) -> int:
        """How many parts went on whole under their own codes."""
        return len(self.moves) - len(self.moved)


def standards_here() -> dict[EditionKey, engine.Framework]:
    """Every edition that a crosswalk may name (1 SQL statement)."""
    return {
        EditionKey(row.code, row.edition): engine.framework_from(row.document)
        for row in Framework.objects.all()
    }


def read_crosswalk_file(path: Path) -> tuple[engine.Crosswalk | None, list[Problem]]:
    """The crosswalk of a file, checked against the editions that are here (1 SQL statement)."""
    return engine.crosswalk_from_file(path, standards_here())


def read_crosswalk_document(rows: list[Any]) -> tuple[engine.Crosswalk | None, list[Problem]]:
    """The same for rows that came as JSON; a problem names their path (1 SQL statement)."""
    return engine.read_crosswalk(rows, standards_here())


@transaction.atomic
def save_crosswalk(crosswalk: engine.Crosswalk) -> tuple[Crosswalk, bool]:
    """Write a crosswalk between two editions in place of the one before; False where it is equal.

    Raises `Framework.DoesNotExist` where one of the editions is gone.
    """
    before, after = (
        Framework.objects.get(code=key.code, edition=key.edition)
        for key in (crosswalk.before, crosswalk.after)
    )
    there = Crosswalk.objects.filter(before=before, after=after).first()
    if there is not None and there.document == crosswalk.document():
        return there, False
    row, _made = Crosswalk.objects.update_or_create(
        before=before, after=after, defaults={"document": crosswalk.document()}
    )
    return row, True


def crosswalk_of(row: Crosswalk) -> engine.Crosswalk:
    """A crosswalk as the engine takes it."""
    before, after = (
        EditionKey(edition.code, edition.edition) for edition in (row.before, row.after)
    )
    links = []
    for link in row.document:
        new = tuple(part.split("/", 2)[2] for part in link["to"])
        old = link["from"].split("/", 2)[2]
        links.append(engine.Link(old, new, tuple(link.get("share", ()))))
    return engine.Crosswalk(before, after, tuple(links))


def between(before: Framework, after: Framework) -> engine.Crosswalk | None:
    """The crosswalk that leads from one edition to another, if there is one (1 SQL statement)."""
    rows = Crosswalk.objects.select_related("before", "after")
    row = rows.filter(before=before, after=after).first()
    return None if row is None else crosswalk_of(row)


def edition_before(framework: Framework) -> Framework | None:
    """The edition from which a crosswalk leads to this one, the latest of several (1 SQL)."""
    rows = Crosswalk.objects.filter(after=framework).select_related("before")
    row = rows.order_by("-before__edition").first()
    return None if row is None else row.before


def successions(framework: Framework) -> list[Succession]:
    """What became of the editions before this one (1 SQL statement)."""
    rows = Crosswalk.objects.filter(after=framework).select_related("before")
    found = []
    for row in rows.order_by("-before__edition"):
        row.after = framework
        old = _names(engine.framework_from(row.before.document))
        new = _names(engine.framework_from(framework.document))
        crosswalk = crosswalk_of(row)
        moves = [
            Move(
                Name(link.old, old.get(link.old, "")),
                [
                    Name(code, new.get(code, ""), share)
                    for code, share in zip(link.new, link.shares, strict=True)
                ],
            )
            for link in crosswalk.links
        ]
        reached = {code for link in crosswalk.links for code in link.new}
        found.append(
            Succession(
                row.before,
                framework,
                moves,
                list(_fresh(engine.framework_from(framework.document).nodes, reached)),
            )
        )
    return found


def _names(standard: engine.Framework) -> dict[str, str]:
    """Names of nodes and criteria by code, in the reader's language."""
    names = {node.code: said(node.name) for node in standard.all_nodes()}
    return names | {leaf.code: said(leaf.name) for _node, leaf in standard.all_criteria()}


def _fresh(nodes: Iterable[engine.Node], reached: set[str]) -> Iterable[Name]:
    """Criteria that no old part leads to, themselves or by a node above them."""
    for node in nodes:
        if node.code in reached:
            continue
        for leaf in node.criteria:
            if leaf.code not in reached and leaf.method != "veto":
                yield Name(leaf.code, said(leaf.name))
        yield from _fresh(node.children, reached)
