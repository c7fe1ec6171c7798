"""A standard as a workbook of three sheets: the standard, its nodes, its criteria."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from openpyxl import Workbook

from .cells import PARTIAL_COLUMNS, RULE_COLUMNS
from .fields import Field, Text
from .format import CODE, CRITERION, HEAD, NODE
from .located import Located
from .model import Framework
from .problems import Known, Log, Problem, Where
from .reading import read_located, shipped
from .workbooks import Rows, fill, opened, place_of, saved

SHEETS = {"standard": 0, "nodes": 1, "criteria": 2}
_TEXT = Text()


def _columns(fields: dict[str, Field]) -> dict[str, Field]:
    """The columns of a record: words have one for each language."""
    columns: dict[str, Field] = {}
    for name, field in fields.items():
        if name in ("name", "note"):
            columns |= {f"{name}_zh": _TEXT, f"{name}_en": _TEXT}
        elif name == "pass":
            columns["pass_at_least"] = HEAD["full_marks"]
        else:
            columns[name] = field
    return columns


HEAD_ROWS = _columns(HEAD)
NODE_COLUMNS = _columns({"code": CODE, "parent": CODE, **NODE})
CRITERION_COLUMNS = _columns({"code": CODE, "node": CODE, **CRITERION}) | {
    "rule": _TEXT,
    **RULE_COLUMNS,
}


def read_xlsx(content: bytes, known: Known | None = None) -> tuple[Framework | None, list[Problem]]:
    """The standard that a workbook holds, and everything that is wrong, by sheet and cell."""
    log = Log(known or shipped())
    workbook = opened(content, log)
    if workbook is None:
        return None, log.problems
    root = _Sheets(workbook, log).standard()
    return (None if root is None else read_located(root, log)), log.in_order(SHEETS)


def write_xlsx(framework: Framework) -> bytes:
    """The standard as a workbook; `read_xlsx` gives the same standard back."""
    document = framework.document()
    workbook = Workbook()
    head = workbook.active
    assert head is not None
    head.title = "standard"
    flat = _flat(document)
    fill(head, [["field", "value"], *([name, flat.get(name)] for name in HEAD_ROWS)])
    nodes = workbook.create_sheet("nodes")
    fill(
        nodes,
        [
            list(NODE_COLUMNS),
            *(
                [(_flat(node) | {"parent": parent}).get(name) for name in NODE_COLUMNS]
                for parent, node in _walk(document["nodes"], None)
            ),
        ],
    )
    criteria = workbook.create_sheet("criteria")
    rows = [
        _flat(leaf) | _flat_rule(leaf["rule"]) | {"node": node["code"]}
        for _parent, node in _walk(document["nodes"], None)
        for leaf in node.get("criteria", [])
    ]
    fill(
        criteria,
        [list(CRITERION_COLUMNS), *([row.get(name) for name in CRITERION_COLUMNS] for row in rows)],
    )
    return saved(workbook)


def _walk(
    nodes: list[dict[str, Any]], parent: str | None
) -> Iterator[tuple[str | None, dict[str, Any]]]:
    for node in nodes:
        yield parent, node
        yield from _walk(node.get("children", []), node["code"])


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """A record with one entry for each column."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if name in ("name", "note"):
            flat |= {f"{name}_{language}": said for language, said in value.items()}
        elif name == "pass":
            flat["pass_at_least"] = value["at_least"]
        elif name not in ("nodes", "children", "criteria", "rule"):
            flat[name] = value
    return flat


def _flat_rule(rule: dict[str, Any]) -> dict[str, Any]:
    flat = {"rule": rule["kind"]}
    for name, value in rule.items():
        if name == "partial":
            flat |= {f"partial_{part}": number for part, number in value.items()}
        elif name != "kind":
            flat[name] = value
    return flat


class _Sheets(Rows):
    """Turns the three sheets into the tree that the format writes."""

    def standard(self) -> Located | None:
        if not self.has(*SHEETS):
            return None
        root = self._head()
        nodes = [_coded(row) for row in self.rows("nodes", NODE_COLUMNS)]
        leaves = [_coded(row) for row in self.rows("criteria", CRITERION_COLUMNS)]
        tree = self._tree(nodes)
        by_code = {node["code"].value: node for node in nodes if "code" in node}
        for row in leaves:
            home = row.pop("node", None)
            leaf = Located(
                row["code"].where if "code" in row else _row_place(row), _rule_apart(row)
            )
            if home is None or home.value not in by_code:
                place = home.where if home else leaf.where
                said = f"“{home.value}”" if home else ""
                self.log.add(
                    place,
                    f"{said}应为 nodes 表里的节点代码",
                    f"{said or 'no node'}; expected the code of a node on the sheet “nodes”",
                )
                continue
            _append(by_code[home.value], "criteria", leaf)
        root["nodes"] = Located(Where(sheet="nodes"), tree, name="nodes")
        return Located(Where(sheet="standard"), root)

    def _head(self) -> dict[str, Located]:
        sheet = self.workbook["standard"]
        self.no_merges(sheet)
        rows: dict[str, Located] = {}
        for name_cell, value_cell in sheet.iter_rows(min_row=2, max_col=2):
            name = str(name_cell.value or "").strip()
            if not name:
                continue
            if name not in HEAD_ROWS or name in rows:
                listed = ", ".join(HEAD_ROWS)
                self.log.add(
                    place_of(name_cell),
                    f"“{name}”不认识或重复；应为：{listed}",
                    f"“{name}” is unknown or given twice; expected {listed}",
                )
            elif (found := self.read(value_cell, name, HEAD_ROWS[name])) is not None:
                rows[name] = found
        return _words_apart(rows)

    def _tree(self, nodes: list[dict[str, Located]]) -> list[Located]:
        """The nodes below their parents; a node whose parents go in a circle is noted."""
        first: dict[Any, dict[str, Located]] = {}
        for node in nodes:
            first.setdefault(node["code"].value, node)
        parents = {id(node): node.pop("parent", None) for node in nodes}
        tops: list[Located] = []
        for node in nodes:
            located = Located(node["code"].where, node)
            parent = parents[id(node)]
            if parent is None or parent.value is None:
                tops.append(located)
            elif parent.value not in first:
                self.log.add(
                    parent.where,
                    f"没有代码为“{parent.value}”的上级节点",
                    f"there is no node “{parent.value}”; expected the code of a parent",
                )
            elif self._goes_round(node, parents, first):
                self.log.add(
                    parent.where,
                    "循环：节点是自己的上级；应是一棵树",
                    "a cycle: the node is above itself; expected a tree",
                )
                tops.append(located)
            else:
                _append(first[parent.value], "children", located)
        return tops

    @staticmethod
    def _goes_round(
        node: dict[str, Located],
        parents: dict[int, Located | None],
        first: dict[Any, dict[str, Located]],
    ) -> bool:
        seen: set[int] = set()
        at: dict[str, Located] | None = node
        while at is not None and id(at) not in seen:
            seen.add(id(at))
            parent = parents[id(at)]
            at = first.get(parent.value) if parent is not None else None
        return at is node


def _coded(row: dict[str, Located]) -> dict[str, Located]:
    """A row as a record that has a place for its code even where none is written."""
    first = next(iter(row.values())).where
    place = Where(sheet=first.sheet, cell="A" + "".join(s for s in first.cell if s.isdigit()))
    return {"code": Located(place, None, name="code"), **_words_apart(row)}


def _append(node: dict[str, Located], name: str, entry: Located) -> None:
    listed = node.setdefault(name, Located(entry.where, [], name=name))
    assert isinstance(listed.value, list)
    listed.value.append(entry)


def _words_apart(row: dict[str, Located]) -> dict[str, Located]:
    """Columns name_zh and name_en as one record, pass_at_least as another."""
    apart: dict[str, Located] = {}
    for column, found in row.items():
        name, _, language = column.rpartition("_")
        if name in ("name", "note"):
            _into(apart, name, language, found)
        elif column == "pass_at_least":
            _into(apart, "pass", "at_least", found)
        else:
            apart[column] = found
    return apart


def _rule_apart(row: dict[str, Located]) -> dict[str, Located]:
    """The columns of the rule as one record."""
    apart = {name: found for name, found in row.items() if name not in RULE_COLUMNS}
    kind = apart.pop("rule", None)
    rule: dict[str, Located] = {} if kind is None else {"kind": kind}
    for column in RULE_COLUMNS:
        if column in row and column in PARTIAL_COLUMNS:
            _into(rule, "partial", PARTIAL_COLUMNS[column], row[column])
        elif column in row:
            rule[column] = row[column]
    if rule:
        apart["rule"] = Located(next(iter(rule.values())).where, rule, name="rule")
    return apart


def _into(record: dict[str, Located], name: str, part: str, found: Located) -> None:
    entry = record.setdefault(name, Located(found.where, {}, name=name))
    assert isinstance(entry.value, dict)
    entry.value[part] = found


def _row_place(row: dict[str, Located]) -> Where:
    return next((found.where for found in row.values()), Where(sheet="criteria"))
