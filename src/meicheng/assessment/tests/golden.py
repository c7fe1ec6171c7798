"""What the tests of evidence share: a standard of one criterion, a file of rows, and its marks."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from meicheng.project.commands import run
from meicheng.standards.actions import save_framework

HEAD = "item,subject,observed_at,value,weight,source"
METHODS = {
    "pass_rate": "field",
    "deduct": "field",
    "target": "statistic",
    "trend": "statistic",
    "grade": "statistic",
    "share_of_answers": "survey",
    "materials": "document",
    "rate": "case",
    "veto": "veto",
}


def criterion(code: str, rule: dict[str, Any], weight: float = 1, **more: Any) -> dict[str, Any]:
    """A criterion as the format writes it, with the usual method for its kind of rule."""
    weighs = {} if rule["kind"] == "veto" else {"weight": weight}
    name = {"zh": code, "en": code}
    return {
        "code": code,
        "name": name,
        **weighs,
        "method": METHODS[rule["kind"]],
        "rule": rule,
    } | more


def node(code: str, weight: float, *criteria: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A top node."""
    name = {"zh": code, "en": code}
    return {"code": code, "name": name, "weight": weight, "criteria": list(criteria)} | more


def standard(*nodes: dict[str, Any], code: str = "g", edition: str = "1", **more: Any) -> None:
    """Write a standard of 100 marks from its top nodes."""
    document = {
        "framework": code,
        "edition": edition,
        "name": {"zh": "金标准", "en": "Golden"},
        "full_marks": 100,
        "nodes": list(nodes),
    }
    save_framework(document | more)


def bring(folder: Path, rows: Iterable[str], name: str = "seen.csv") -> int:
    """`meicheng import observations FILE`; its exit code."""
    path = folder / name
    path.write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    return run(["import", "observations", str(path)])


class Marks:
    """What `meicheng assess --json` printed."""

    def __init__(self, printed: str) -> None:
        self.all: dict[str, Any] = json.loads(printed)

    def __getitem__(self, name: str) -> Any:
        return self.all[name]

    def share(self, code: str) -> float | None:
        found: float | None = self.criterion(code)["share"]
        return found

    def criterion(self, code: str) -> dict[str, Any]:
        return next(one for one in self.all["criteria"] if one["code"] == code)

    def node(self, code: str) -> dict[str, Any]:
        return next(one for one in self.all["nodes"] if one["code"] == code)
