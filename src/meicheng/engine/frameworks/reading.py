"""Reads a standard from located values and checks it; every error is noted, none stops the rest."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from .fields import MISSING, Choice, Record, refuse
from .format import CRITERION, HEAD, METHODS, NODE, RULES
from .located import Located, from_document, from_yaml
from .model import Framework, framework_from
from .problems import Known, Log, Problem, Where
from .rulechecks import check_rule

LONGEST_ITEM = 120  # FRAMEWORK/CRITERION/MATERIAL, the code of what is filed


@cache
def shipped() -> Known:
    """The codes of the packs that the product ships."""

    def codes(pack: str, table: str) -> frozenset[str]:
        text = files("meicheng.data").joinpath(f"{pack}.yaml").read_text(encoding="utf-8")
        return frozenset(row["code"] for row in yaml.load(text, yaml.CSafeLoader)[table])

    return Known(
        site_kinds=codes("site-kinds", "site_kinds"),
        roles=codes("roles", "roles"),
        themes=codes("themes", "themes"),
        case_kinds=codes("case-kinds", "kinds"),
    )


def read_yaml(text: str, known: Known | None = None) -> tuple[Framework | None, list[Problem]]:
    """The standard that a YAML file holds, and everything that is wrong with the file.

    There is a standard only where nothing is wrong. `known` are the codes that it may name, those
    of the shipped packs unless given.

    >>> standard, problems = read_yaml("framework: little\\nedition: '1'\\nfull_marks: 0\\nnodes: []")
    >>> for problem in problems:
    ...     print(problem)
    line 1: “name” is missing
    line 3: “full_marks: 0”; expected a number above 0
    line 4: “nodes: […]”; expected a list of nodes
    """
    log = Log(known or shipped())
    root = from_yaml(text, log)
    return (None if root is None else read_located(root, log)), log.in_order()


def read_document(
    document: Mapping[str, Any], known: Known | None = None
) -> tuple[Framework | None, list[Problem]]:
    """The same for a document that has been parsed already; a problem names the path."""
    log = Log(known or shipped())
    return read_located(from_document(document), log), log.problems


def read_located(root: Located, log: Log) -> Framework | None:
    """The standard of located values, or None with the reasons in the log."""
    document = _Reader(log).framework(root)
    return None if log.problems else framework_from(document)


class _AsItIs:
    """A field that the reader takes apart itself."""

    def read(self, found: Located, log: Log) -> Located:
        return found

    def schema(self) -> dict[str, Any]:
        return {}


class _Reader:
    def __init__(self, log: Log) -> None:
        self.log = log
        self.codes: dict[str, Where] = {}
        self.nodes: dict[str, bool] = {}  # code -> whether it carries marks
        self.vetoes: list[tuple[str, Where]] = []
        self.materials: list[tuple[str, Where]] = []

    def framework(self, root: Located) -> dict[str, Any]:
        needed = ("framework", "edition", "name", "full_marks", "nodes")
        values = Record({**HEAD, "nodes": _AsItIs()}, needed).read(root, self.log)
        if values is MISSING:
            return {}
        nodes: Located | None = values.pop("nodes", None)
        values["nodes"] = self._nodes(nodes, top=True) if nodes else []
        self._check_whole(values, root)
        return dict(values)

    def _nodes(self, found: Located, *, top: bool = False) -> list[dict[str, Any]]:
        if not isinstance(found.value, list) or not found.value:
            refuse(found, self.log, "节点列表", "a list of nodes")
            return []
        return [self._node(entry, top=top) for entry in found.value]

    def _node(self, found: Located, *, top: bool) -> dict[str, Any]:
        fields = {**NODE, "children": _AsItIs(), "criteria": _AsItIs()}
        values = Record(fields, ("code", "name")).read(found, self.log)
        if values is MISSING:
            return {}
        children, leaves = values.pop("children", None), values.pop("criteria", None)
        self._note_code(values, found)
        if children:
            values["children"] = self._nodes(children)
        if leaves:
            values["criteria"] = self._criteria(leaves)
        if not children and not leaves:
            self.log.add(
                found.where,
                "节点是空的；应有 children 或 criteria",
                "an empty node; expected children or criteria",
            )
        carries = _carries_marks(values)
        if "code" in values:
            self.nodes[values["code"]] = carries
        entries = found.value if isinstance(found.value, dict) else {}
        if carries and "weight" not in entries:
            self.log.add(found.where, "缺少“weight”", "“weight” is missing")
        if not carries and "weight" in values:
            self.log.add(
                entries["weight"].where,
                "只含否决事项的节点没有权重；请去掉 weight",
                "a node that holds only vetoes has no weight; expected none",
            )
        if values.get("bonus") and not top:
            self.log.add(
                entries["bonus"].where,
                "只有顶层节点可以是加分项（bonus）",
                "only a top node may be a bonus; expected none here",
            )
        return dict(values)

    def _criteria(self, found: Located) -> list[dict[str, Any]]:
        if not isinstance(found.value, list) or not found.value:
            refuse(found, self.log, "测评标准列表", "a list of criteria")
            return []
        return [self._criterion(entry) for entry in found.value]

    def _criterion(self, found: Located) -> dict[str, Any]:
        needed = ("code", "name", "method", "rule")
        values = Record({**CRITERION, "rule": _AsItIs()}, needed).read(found, self.log)
        if values is MISSING:
            return {}
        self._note_code(values, found)
        entries = found.value if isinstance(found.value, dict) else {}
        method = values.get("method")
        rule = values.pop("rule", None)
        if rule is not None:
            values["rule"] = self._rule(rule, method, values.get("code", ""))
        if method == "veto":
            if "weight" in entries:
                self.log.add(
                    entries["weight"].where,
                    "否决事项没有权重；请去掉 weight",
                    "a veto has no weight; expected none",
                )
        elif "weight" not in entries:
            self.log.add(found.where, "缺少“weight”", "“weight” is missing")
        if "site_kinds" in values and method in METHODS and method != "field":
            self.log.add(
                entries["site_kinds"].where,
                "只有实地（field）标准才有点位类型",
                "only a field criterion has site kinds; expected none",
            )
        return dict(values)

    def _rule(self, found: Located, method: str | None, code: str) -> dict[str, Any]:
        if not isinstance(found.value, dict) or "kind" not in found.value:
            refuse(
                found, self.log, "规则，如 {kind: pass_rate}", "a rule such as {kind: pass_rate}"
            )
            return {}
        at = found.value["kind"]
        kind = Choice(tuple(RULES)).read(at, self.log)
        if kind is MISSING:
            return {}
        form = RULES[kind]
        if method and method not in form.methods:
            fitting = ", ".join(name for name, other in RULES.items() if method in other.methods)
            self.log.add(
                at.where,
                f"规则 {kind} 不适用于方法 {method}；可用：{fitting}",
                f"rule {kind} does not fit method {method}; expected {fitting}",
            )
        fields = {"kind": Choice((kind,)), **form.fields}
        values: dict[str, Any] = Record(fields, form.needed).read(found, self.log)
        check_rule(values, found, self.log)
        if "rules_out" in values:
            self.vetoes.append((values["rules_out"], found.value["rules_out"].where))
        for material in values.get("needs", ()):
            self.materials.append((f"{code}/{material}", found.value["needs"].where))
        return values

    def _note_code(self, values: Mapping[str, Any], found: Located) -> None:
        code = values.get("code")
        if code is None or not isinstance(found.value, dict):
            return
        where = found.value["code"].where
        if code == "framework":
            self.log.add(where, "“framework”是保留字", "“framework” stands for the whole standard")
        if code in self.codes:
            before = self.codes[code]
            self.log.add(
                where,
                f"代码“{code}”重复（另见{before.say('zh')}）；应唯一",
                f"code “{code}” is used twice (also {before.say('en')}); expected each once",
            )
        self.codes.setdefault(code, where)

    def _check_whole(self, values: Mapping[str, Any], root: Located) -> None:
        entries = root.value if isinstance(root.value, dict) else {}
        for code, where in self.vetoes:
            if code != "framework" and code not in self.nodes:
                self.log.add(
                    where,
                    f"没有代码为“{code}”的节点可否决；应为 framework 或节点代码",
                    f"there is no node “{code}” to rule out; expected framework or a node’s code",
                )
            elif code != "framework" and not self.nodes[code]:
                self.log.add(
                    where,
                    f"节点“{code}”没有分值，无从否决",
                    f"node “{code}” carries no marks to rule out",
                )
        prefix = f"{values.get('framework', '')}/"
        for code, where in self.materials:
            if len(prefix + code) > LONGEST_ITEM:
                self.log.add(
                    where,
                    f"“{prefix + code}”超过 {LONGEST_ITEM} 字",
                    f"“{prefix + code}” is over {LONGEST_ITEM} characters",
                )
        tops = values.get("nodes", [])
        if tops and not any(_carries_marks(n) and not n.get("bonus") for n in tops):
            self.log.add(
                entries["nodes"].where,
                "没有任何带权重的节点（加分项除外）",
                "no node carries marks besides bonus; expected at least one with a weight",
            )
        full, needed = values.get("full_marks"), (values.get("pass") or {}).get("at_least")
        if full is not None and needed is not None and needed > full:
            self.log.add(
                entries["pass"].where,
                f"合格线 {needed:g} 高于满分 {full:g}",
                f"the pass mark {needed:g} is above the full marks {full:g}",
            )


def _carries_marks(node: Mapping[str, Any]) -> bool:
    """Whether anything below a node has a weight; what could not be read is taken to have one."""
    return any(leaf.get("method") != "veto" for leaf in node.get("criteria", ())) or any(
        _carries_marks(child) for child in node.get("children", ())
    )
