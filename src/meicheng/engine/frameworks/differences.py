"""What two editions, or two files of the same edition, say differently."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from meicheng.engine.words import Words

from .model import Framework


@dataclass(frozen=True)
class Difference:
    """One part that is not as it was: a criterion, a node, or the standard's own head ("")."""

    code: str
    words: Words


def differences(before: Framework, after: Framework) -> list[Difference]:
    """What differs, in the order of the later one; what is gone stands last.

    >>> from .reading import read_yaml
    >>> text = (
    ...     "framework: little\\nedition: '1'\\nname: {zh: 小}\\nfull_marks: 100\\nnodes:\\n"
    ...     "- {code: a, name: {zh: 甲}, weight: 1, criteria: ["
    ...     "{code: x, name: {zh: 乙}, weight: 1, method: field, rule: {kind: pass_rate}}]}\\n"
    ... )
    >>> old, _none = read_yaml(text)
    >>> new, _none = read_yaml(text.replace("乙}, weight: 1", "乙}, weight: 2"))
    >>> for one in differences(old, new):
    ...     print(one.code, one.words.en)
    x weight: 1 → 2
    """
    old, new = _parts(before), _parts(after)
    found = []
    for code, part in new.items():
        if code not in old:
            found.append(Difference(code, Words("原版本没有", "not in the edition that is here")))
        elif changes := _changed(old[code], part):
            found.append(Difference(code, Words("；".join(changes), "; ".join(changes))))
    found += [
        Difference(code, Words("文件里没有了", "gone from the file"))
        for code in old
        if code not in new
    ]
    return found


def _parts(standard: Framework) -> dict[str, dict[str, Any]]:
    """Every part's own fields by its code, the head under ""."""
    document = standard.document()
    parts = {"": {name: value for name, value in document.items() if name != "nodes"}}

    def walk(node: Mapping[str, Any], above: str, place: int) -> None:
        own = {n: v for n, v in node.items() if n not in ("children", "criteria")}
        parts[node["code"]] = {**own, "node": above, "place": place}
        for number, leaf in enumerate(node.get("criteria", ())):
            parts[leaf["code"]] = {**leaf, "node": node["code"], "place": number}
        for number, child in enumerate(node.get("children", ())):
            walk(child, node["code"], number)

    for number, top in enumerate(document["nodes"]):
        walk(top, "", number)
    return parts


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    names = [*new, *(name for name in old if name not in new)]
    return [
        f"{name}: {_said(old.get(name))} → {_said(new.get(name))}"
        for name in names
        if old.get(name) != new.get(name)
    ]


def _said(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_said(entry)}" for name, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_said, value)) + "]"
    return (
        f"{value}"
        if isinstance(value, str)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )
