"""A standard as a workbook of three sheets: the standard, its nodes, its criteria."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from .cells import PARTIAL_COLUMNS, RULE_COLUMNS, from_cell, to_cell
from .fields import Field, Text
from .format import CODE, CRITERION, HEAD, NODE
from .located import Located
from .model import Framework
from .problems import Known, Log, Problem, Where
from .reading import read_located, shipped

LARGEST = 100_000_000  # bytes that a workbook may unpack to
SHEETS = {"standard": 0, "nodes": 1, "criteria": 2}
_TEXT = Text()
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


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
    workbook = _open(content, log)
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
    _fill(head, [["field", "value"], *([name, flat.get(name)] for name in HEAD_ROWS)])
    nodes = workbook.create_sheet("nodes")
    _fill(
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
    _fill(
        criteria,
        [list(CRITERION_COLUMNS), *([row.get(name) for name in CRITERION_COLUMNS] for row in rows)],
    )
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


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


def _fill(sheet: Any, rows: list[list[Any]]) -> None:
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            stored = to_cell(value)
            if stored is None:
                continue
            cell = sheet.cell(number, column)
            cell.value = _excel_text(stored) if isinstance(stored, str) else stored
            if isinstance(stored, str):
                cell.data_type = "s"  # never a formula, an error or a number
                cell.number_format = "@"
            if number == 1:
                cell.font = Font(bold=True)
                cell.fill = PatternFill("solid", fgColor="E8E4DA")
            elif len(str(stored)) > 30:
                cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "B2"
    for column, name in enumerate(rows[0], start=1):
        wide = name.startswith(("name", "note")) or name in ("value", "site_kinds", "steps")
        sheet.column_dimensions[get_column_letter(column)].width = 36 if wide else 16


def _excel_text(text: str) -> str:
    """Text in which Excel sees no escape: it reads _x000D_ as a line end."""
    return re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text)


def _open(content: bytes, log: Log) -> Any:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
        if unpacked > LARGEST:
            log.add(Where(), f"解开后超过 {LARGEST} 字节", f"unpacks to over {LARGEST} bytes")
            return None
        return load_workbook(io.BytesIO(content))
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, SyntaxError) as error:
        log.add(
            Where(),
            f"不是可读的 XLSX 工作簿（{error}）",
            f"not a workbook that can be read ({error}); expected XLSX",
        )
        return None


class _Sheets:
    """Turns the three sheets into the tree that the format writes."""

    def __init__(self, workbook: Any, log: Log) -> None:
        self.workbook, self.log = workbook, log

    def standard(self) -> Located | None:
        missing = [name for name in SHEETS if name not in self.workbook.sheetnames]
        for name in missing:
            self.log.add(Where(sheet=name), "缺少这张工作表", "the sheet is missing; expected it")
        if missing:
            return None
        root = self._head()
        nodes = list(self._rows("nodes", NODE_COLUMNS))
        leaves = list(self._rows("criteria", CRITERION_COLUMNS))
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
        self._no_merges(sheet)
        rows: dict[str, Located] = {}
        for name_cell, value_cell in sheet.iter_rows(min_row=2, max_col=2):
            name = str(name_cell.value or "").strip()
            if not name:
                continue
            if name not in HEAD_ROWS or name in rows:
                listed = ", ".join(HEAD_ROWS)
                self.log.add(
                    _place(name_cell),
                    f"“{name}”不认识或重复；应为：{listed}",
                    f"“{name}” is unknown or given twice; expected {listed}",
                )
            elif (found := self._read(value_cell, name, HEAD_ROWS[name])) is not None:
                rows[name] = found
        return _words_apart(rows)

    def _rows(self, title: str, columns: dict[str, Field]) -> Iterator[dict[str, Located]]:
        sheet = self.workbook[title]
        self._no_merges(sheet)
        names: dict[int, str] = {}
        for cell in next(sheet.iter_rows(max_row=1), ()):
            name = str(cell.value or "").strip()
            if name and (name not in columns or name in names.values()):
                self.log.add(
                    _place(cell),
                    f"列“{name}”不认识或重复；可用的列：{', '.join(columns)}",
                    f"column “{name}” is unknown or given twice; expected {', '.join(columns)}",
                )
            elif name:
                names[cell.column] = name
        for cells in sheet.iter_rows(min_row=2):
            row: dict[str, Located] = {}
            for cell in cells:
                if cell.column not in names:
                    if cell.value is not None:
                        self.log.add(
                            _place(cell), "这一列没有列名", "a value in a column without a name"
                        )
                    continue
                name = names[cell.column]
                if (found := self._read(cell, name, columns[name])) is not None:
                    row[name] = found
            if row:
                place = Where(sheet=title, cell=f"A{cells[0].row}")
                yield {"code": Located(place, None, name="code"), **_words_apart(row)}

    def _read(self, cell: Any, name: str, field: Field) -> Located | None:
        value, where = cell.value, _place(cell)
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        if cell.data_type == "f":
            self.log.add(where, "是公式；应写出它的值", "a formula; expected its value written out")
        elif isinstance(value, datetime.date | datetime.time | datetime.timedelta):
            self.log.add(
                where,
                "被表格软件当成了日期；请把单元格设为文本后重写",
                "taken for a date; expected a cell formatted as text",
            )
        elif isinstance(value, float) and isinstance(field, Text) and not value.is_integer():
            self.log.add(
                where,
                f"{value:g} 是数字，分不清 3.1 和 3.10；请设为文本",
                f"{value:g} is a number, in which 3.1 and 3.10 are the same; expected text",
            )
        elif isinstance(value, str) and _CONTROL.search(value):
            self.log.add(where, "有不可见的控制字符", "control characters; expected plain text")
        else:
            found = from_cell(_as_text(value), field, where, self.log)
            found.name = name
            return found
        return Located(where, None, broken=True, name=name)

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

    def _no_merges(self, sheet: Any) -> None:
        for merged in sheet.merged_cells.ranges:
            where = Where(sheet=sheet.title, cell=str(merged.coord).split(":")[0])
            self.log.add(
                where,
                f"合并单元格 {merged.coord}；应逐格填写",
                f"merged cells {merged.coord}; expected none",
            )


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


def _place(cell: Any) -> Where:
    return Where(sheet=cell.parent.title, cell=cell.coordinate)


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)
