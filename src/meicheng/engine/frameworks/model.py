"""A standard as the product holds it: plain, typed and frozen.

The framework format is described once, in `format.py`; these classes name its parts. A rule stays
the mapping that the format writes, because that is what `engine.scoring` takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from meicheng.engine.words import Words

Rule = Mapping[str, Any]


@dataclass(frozen=True)
class Criterion:
    """A leaf: what must hold, how it is seen, and how that becomes marks.

    `weight` is its share among its siblings; a veto has none. `verified` says how far the facts
    are confirmed: source, recalled or proposed.
    """

    code: str
    name: Words
    method: str
    rule: Rule
    weight: float | None = None
    unit: str = ""
    site_kinds: tuple[str, ...] = ()
    lead: str = ""
    support: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    verified: str = ""
    note: Words | None = None


@dataclass(frozen=True)
class Node:
    """A part of a standard: parts of its own, criteria, or both."""

    code: str
    name: Words
    weight: float | None = None
    bonus: bool = False
    children: tuple[Node, ...] = ()
    criteria: tuple[Criterion, ...] = ()

    def all_criteria(self) -> Iterator[tuple[Node, Criterion]]:
        """The criteria of this node and of all below it, each with its node."""
        for criterion in self.criteria:
            yield self, criterion
        for child in self.children:
            yield from child.all_criteria()

    def all_nodes(self) -> Iterator[Node]:
        """This node and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.all_nodes()


@dataclass(frozen=True)
class Framework:
    """One edition of one assessment standard."""

    code: str
    edition: str
    name: Words
    full_marks: float
    nodes: tuple[Node, ...]
    source: str = ""
    level: str = ""
    cycle_years: int | None = None
    pass_at_least: float | None = None
    official: bool = field(default=False)

    def all_criteria(self) -> Iterator[tuple[Node, Criterion]]:
        """All criteria, each with its node, in the standard's order."""
        for node in self.nodes:
            yield from node.all_criteria()

    def all_nodes(self) -> Iterator[Node]:
        """All nodes, parents first, in the standard's order."""
        for node in self.nodes:
            yield from node.all_nodes()

    def document(self) -> dict[str, Any]:
        """The standard as the framework format writes it, ready for YAML, JSON and the scoring."""
        return _without_empty(
            {
                "framework": self.code,
                "edition": self.edition,
                "name": _words(self.name),
                "source": self.source,
                "level": self.level,
                "cycle_years": self.cycle_years,
                "full_marks": self.full_marks,
                "pass": None if self.pass_at_least is None else {"at_least": self.pass_at_least},
            }
        ) | {"official": self.official, "nodes": [_node(node) for node in self.nodes]}


def framework_from(document: Mapping[str, Any]) -> Framework:
    """The standard of a document that has been checked (see `reading`)."""
    return Framework(
        code=document["framework"],
        edition=document["edition"],
        name=_said(document["name"]),
        full_marks=document["full_marks"],
        nodes=tuple(_node_from(node) for node in document["nodes"]),
        source=document.get("source", ""),
        level=document.get("level", ""),
        cycle_years=document.get("cycle_years"),
        pass_at_least=(document.get("pass") or {}).get("at_least"),
        official=document.get("official", False),
    )


def _node_from(node: Mapping[str, Any]) -> Node:
    return Node(
        code=node["code"],
        name=_said(node["name"]),
        weight=node.get("weight"),
        bonus=node.get("bonus", False),
        children=tuple(_node_from(child) for child in node.get("children", ())),
        criteria=tuple(_criterion_from(leaf) for leaf in node.get("criteria", ())),
    )


def _criterion_from(leaf: Mapping[str, Any]) -> Criterion:
    return Criterion(
        code=leaf["code"],
        name=_said(leaf["name"]),
        method=leaf["method"],
        rule=leaf["rule"],
        weight=leaf.get("weight"),
        unit=leaf.get("unit", ""),
        site_kinds=tuple(leaf.get("site_kinds", ())),
        lead=leaf.get("lead", ""),
        support=tuple(leaf.get("support", ())),
        themes=tuple(leaf.get("themes", ())),
        verified=leaf.get("verified", ""),
        note=_said(leaf["note"]) if leaf.get("note") else None,
    )


def _node(node: Node) -> dict[str, Any]:
    return _without_empty(
        {
            "code": node.code,
            "name": _words(node.name),
            "weight": node.weight,
            "bonus": node.bonus or None,
            "children": [_node(child) for child in node.children],
            "criteria": [_criterion(leaf) for leaf in node.criteria],
        }
    )


def _criterion(leaf: Criterion) -> dict[str, Any]:
    return _without_empty(
        {
            "code": leaf.code,
            "name": _words(leaf.name),
            "weight": leaf.weight,
            "method": leaf.method,
            "site_kinds": list(leaf.site_kinds),
            "unit": leaf.unit,
            "rule": dict(leaf.rule),
            "lead": leaf.lead,
            "support": list(leaf.support),
            "themes": list(leaf.themes),
            "verified": leaf.verified,
            "note": _words(leaf.note) if leaf.note else None,
        }
    )


def _words(words: Words) -> dict[str, str]:
    return _without_empty({"zh": words.zh, "en": words.en})


def _said(names: Mapping[str, str]) -> Words:
    return Words(names.get("zh", ""), names.get("en", ""))


def _without_empty(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if value not in (None, "", [], {})}
