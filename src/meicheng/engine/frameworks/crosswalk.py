"""What became of an edition's parts in the next one: read with every error at once, and written.

A crosswalk leads from one edition to another, part by part:

    - {from: sanitary-city/2014/3.1, to: [sanitary-city/2021/3.1.1, sanitary-city/2021/3.1.2], share: [0.6, 0.4]}

`share` says how much of the old part's weight goes to each new one; equal parts where it is left
out. What the shares leave over, or the whole of a part whose `to` is empty, was given up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from openpyxl import Workbook

from meicheng.engine.words import Words

from .fields import MISSING, Field, ListOf, Number, Record, Text, refuse
from .located import Located, from_document, from_yaml
from .model import Framework
from .problems import Known, Log, Problem, Where
from .stored import ENDINGS, text_of
from .workbooks import Rows, fill, opened, saved

SHEET = "crosswalk"
TOLERANCE = 1e-9  # shares such as three thirds may add up to a little over 1
PART = Text(
    122,
    r"[a-z0-9]+(?:-[a-z0-9]+)*/[^\s/,;:]+/[^\s/,;:，；：、{}\[\]\"']+",
    "标准/版本/代码，如 sanitary-city/2014/3.1",
    "FRAMEWORK/EDITION/CODE such as sanitary-city/2014/3.1",
)


class EditionKey(NamedTuple):
    """Which edition of which standard."""

    code: str
    edition: str

    def __str__(self) -> str:
        return f"{self.code}/{self.edition}"


@dataclass(frozen=True)
class Link:
    """A node or criterion of the old edition, and what of it each new one took over."""

    old: str
    new: tuple[str, ...]
    shares: tuple[float, ...]


@dataclass(frozen=True)
class Crosswalk:
    """What became of every part of an edition that still counts in a later one."""

    before: EditionKey
    after: EditionKey
    links: tuple[Link, ...]

    def document(self) -> list[dict[str, Any]]:
        """The crosswalk as its file writes it, ready for YAML and JSON."""
        return [
            {
                "from": f"{self.before}/{link.old}",
                "to": [f"{self.after}/{code}" for code in link.new],
                **({"share": list(link.shares)} if link.shares else {}),
            }
            for link in self.links
        ]


Editions = Mapping[EditionKey, Framework]


def read_crosswalk(
    content: bytes | str | list[Any], editions: Editions, *, ending: str = ".yaml"
) -> tuple[Crosswalk | None, list[Problem]]:
    """The crosswalk that a file (YAML or XLSX) or a parsed document holds, and all that is wrong.

    `editions` are the standards that it may name. There is a crosswalk only where nothing is wrong.
    """
    log = Log(Known(frozenset(), frozenset(), frozenset(), frozenset()))
    if isinstance(content, list):
        root: Located | None = from_document(content)
    elif ending == ".xlsx":
        assert isinstance(content, bytes)
        root = _from_workbook(content, log)
    else:
        text = content if isinstance(content, str) else text_of(content)
        if text is None:
            log.add(Where(), "文字编码应为 UTF-8 或 GB18030", "expected text in UTF-8 or GB18030")
            return None, log.problems
        root = from_yaml(text, log, Words("对照表", "crosswalk"))
    found = None if root is None else _Reader(log, editions).crosswalk(root)
    return (None if log.problems else found), log.in_order({SHEET: 0})


def crosswalk_from_file(path: Path, editions: Editions) -> tuple[Crosswalk | None, list[Problem]]:
    """The crosswalk of a YAML or XLSX file. Raises `OSError` where it cannot be opened."""
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        words = Words(f"文件名应以 {'、'.join(ENDINGS)} 结尾", f"expected {', '.join(ENDINGS)}")
        return None, [Problem(Where(), words)]
    return read_crosswalk(path.read_bytes(), editions, ending=ending)


def write_crosswalk(crosswalk: Crosswalk, ending: str = ".yaml") -> bytes:
    """The crosswalk as a YAML or XLSX file; `read_crosswalk` gives the same back."""
    rows = crosswalk.document()
    if ending == ".xlsx":
        workbook = Workbook()
        sheet = workbook.active
        assert sheet is not None
        sheet.title = SHEET
        fill(sheet, [list(COLUMNS), *([row.get(name) or None for name in COLUMNS] for row in rows)])
        return saved(workbook)
    lines = [
        yaml.safe_dump(
            row, default_flow_style=True, allow_unicode=True, sort_keys=False, width=1_000_000
        )
        for row in rows
    ]
    return "".join(f"- {line}" for line in lines).encode()


class _AnyList:
    """A list that may be empty; its entries are read by the reader, who knows what they mean."""

    def read(self, found: Located, log: Log) -> Any:
        if found.value is None and not found.broken:
            return []
        if not isinstance(found.value, list):
            return refuse(found, log, "列表 [a, b]", "a list [a, b]")
        return found.value

    def schema(self) -> dict[str, Any]:
        return {"type": "array"}


SHARE = Number(above=0, at_most=1)
COLUMNS: dict[str, Field] = {"from": PART, "to": ListOf(PART), "share": ListOf(SHARE)}
_LINK = Record({"from": PART, "to": _AnyList(), "share": _AnyList()}, ("from",))


def _from_workbook(content: bytes, log: Log) -> Located | None:
    workbook = opened(content, log)
    if workbook is None:
        return None
    reader = Rows(workbook, log)
    if not reader.has(SHEET):
        return None
    rows = []
    for row in reader.rows(SHEET, COLUMNS):
        where = row["from"].where if "from" in row else next(iter(row.values())).where
        rows.append(Located(where, row))
    return Located(Where(sheet=SHEET), rows)


@dataclass(frozen=True)
class _Named:
    """A part as a file names it, found in its edition."""

    key: EditionKey
    code: str
    where: Where


class _Tree:
    """The parts of an edition: which carry marks, and what stands above each."""

    def __init__(self, framework: Framework) -> None:
        self.above: dict[str, tuple[str, ...]] = {}
        self.weighted: set[str] = set()
        for node in framework.nodes:
            self._walk(node, ())

    def _walk(self, node: Any, above: tuple[str, ...]) -> None:
        self.above[node.code] = above
        if node.weight is not None:
            self.weighted.add(node.code)
        for leaf in node.criteria:
            self.above[leaf.code] = (*above, node.code)
            if leaf.method != "veto":
                self.weighted.add(leaf.code)
        for child in node.children:
            self._walk(child, (*above, node.code))


class _Reader:
    def __init__(self, log: Log, editions: Editions) -> None:
        self.log, self.editions = log, editions
        self.trees: dict[EditionKey, _Tree] = {}
        self.sides: dict[str, _Named] = {}

    @cached_property
    def listed(self) -> str:
        return ", ".join(sorted(map(str, self.editions))) or "–"

    def crosswalk(self, root: Located) -> Crosswalk | None:
        if not isinstance(root.value, list) or not root.value:
            refuse(root, self.log, "对照表：from、to 的列表", "a list of from and to")
            return None
        links: list[Link] = []
        olds: list[_Named] = []
        news: list[_Named] = []
        for entry in root.value:
            values = _LINK.read(entry, self.log)
            if values is MISSING:
                continue
            fields = entry.value if isinstance(entry.value, dict) else {}
            old = self._part(values["from"], fields["from"], "from") if "from" in values else None
            parts = [self._new(part) for part in values.get("to", [])]
            shares = self._shares(values.get("share"), len(parts), fields)
            found = [part for part in parts if part is not None]
            news += found
            if old is not None:
                olds.append(old)
                links.append(Link(old.code, tuple(part.code for part in found), shares))
        self._once(olds)
        self._no_nesting(olds)
        self._no_nesting(news)
        before, after = self.sides.get("from"), self.sides.get("to")
        if before is None or after is None:
            if not self.log.problems:
                self.log.add(
                    root.where,
                    "没有任何一条对应到新版本；至少一条应有 to",
                    "nothing leads to a newer edition; expected a `to` in at least one entry",
                )
            return None
        if before.key == after.key:
            self.log.add(
                after.where,
                f"from 和 to 是同一版本 {after.key}；应为两个版本",
                f"from and to are both of {after.key}; expected two editions",
            )
        return Crosswalk(before.key, after.key, tuple(links))

    def _new(self, entry: Located) -> _Named | None:
        text = PART.read(entry, self.log)
        return None if text is MISSING else self._part(text, entry, "to")

    def _part(self, text: str, entry: Located, side: str) -> _Named | None:
        """The part that a text names, where there is such a part that carries marks."""
        framework, edition, code = text.split("/", 2)
        key = EditionKey(framework, edition)
        named = _Named(key, code, entry.where)
        first = self.sides.setdefault(side, named)
        if first.key != key:
            self.log.add(
                entry.where,
                f"“{text}”不属于 {first.key}（见{first.where.say('zh')}）；一个文件只写两个版本",
                f"“{text}” is not of {first.key} ({first.where.say('en')}); "
                "expected one edition on each side",
            )
            return None
        if key not in self.editions:
            self.log.add(
                entry.where,
                f"没有 {key} 这一版本；现有：{self.listed}",
                f"there is no {key}; expected one of {self.listed}",
            )
            return None
        tree = self.trees.setdefault(key, _Tree(self.editions[key]))
        if code not in tree.above:
            self.log.add(
                entry.where,
                f"{key} 没有代码为“{code}”的节点或测评标准",
                f"{key} has no node and no criterion “{code}”",
            )
            return None
        if code not in tree.weighted:
            self.log.add(
                entry.where,
                f"{key} 的“{code}”没有分值，无从对照",
                f"“{code}” of {key} carries no marks to lead anywhere",
            )
            return None
        return named

    def _shares(
        self, entries: list[Located] | None, wanted: int, fields: Mapping[str, Located]
    ) -> tuple[float, ...]:
        if not entries:
            return (1 / wanted,) * wanted if wanted else ()
        values = [SHARE.read(entry, self.log) for entry in entries]
        where = fields["share"].where
        if len(values) != wanted:
            self.log.add(
                where,
                f"share 有 {len(values)} 个数，to 有 {wanted} 个；应一一对应",
                f"{len(values)} shares for {wanted} entries of `to`; expected as many",
            )
        elif MISSING not in values and sum(values) > 1 + TOLERANCE:
            self.log.add(
                where,
                f"share 之和为 {sum(values):g}；应不超过 1",
                f"the shares add up to {sum(values):g}; expected at most 1",
            )
        return tuple(float(value) for value in values if value is not MISSING)

    def _once(self, olds: list[_Named]) -> None:
        first: dict[str, Where] = {}
        for part in olds:
            if part.code in first:
                there = first[part.code]
                self.log.add(
                    part.where,
                    f"“{part.code}”写了两次（另见{there.say('zh')}）；应合为一条",
                    f"“{part.code}” leads on twice (also {there.say('en')}); expected one entry",
                )
            first.setdefault(part.code, part.where)

    def _no_nesting(self, parts: list[_Named]) -> None:
        """A node and something below it must not both be named: it would count twice."""
        named = {part.code: part.where for part in parts}
        for part in parts:
            for above in self.trees[part.key].above[part.code]:
                if above in named:
                    self.log.add(
                        part.where,
                        f"“{part.code}”在“{above}”之下，而后者也已写入"
                        f"（{named[above].say('zh')}）；应只写其一",
                        f"“{part.code}” lies below “{above}”, which is named too "
                        f"({named[above].say('en')}); expected one of them",
                    )
