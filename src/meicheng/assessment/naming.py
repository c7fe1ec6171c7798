"""Names of a standard's parts in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import get_language

from meicheng.standards.actions import criteria_of
from meicheng.standards.models import Framework


def word(name: dict[str, str]) -> str:
    """A name as the standard's document writes it, in the reader's language."""
    english = (get_language() or "").startswith("en")
    return name.get("en", name["zh"]) if english else name["zh"]


def node_names(framework: Framework) -> dict[str, str]:
    """The name of every node by its code."""
    names = {}

    def walk(nodes: list[dict[str, Any]]) -> None:
        for node in nodes:
            names[node["code"]] = word(node["name"])
            walk(node.get("children") or [])

    walk(framework.document["nodes"])
    return names


def criterion_names(framework: Framework, codes: Iterable[str]) -> list[str]:
    """The names of these criteria."""
    rows = {row["code"]: row["name"] for _n, row in criteria_of(framework.document["nodes"])}
    return [word(rows[code]) for code in codes]
