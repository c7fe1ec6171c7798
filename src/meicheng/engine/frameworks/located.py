"""Values with the place they stand at, whatever kind of file they come from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from meicheng.engine.words import Words

from .problems import Log, Where

DEEPEST = 40  # levels of lists and mappings; no standard comes near it
MOST = 200_000  # values, aliases counted as often as they are used
STANDARD = Words("标准", "standard")
_NULLS = {"", "~", "null", "Null", "NULL"}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass
class Located:
    """A text as written, a list, or a mapping; `value` is None where nothing stands.

    `name` is the field it stands in; `broken` says that the log has a problem about it already.
    """

    where: Where
    value: str | list[Located] | dict[str, Located] | None
    size: int = field(default=1, repr=False)
    broken: bool = False
    name: str = ""

    @property
    def shown(self) -> str:
        """The value as an error message quotes it."""
        if isinstance(self.value, str):
            return self.value if len(self.value) <= 40 else self.value[:40] + "…"
        return {"list": "[…]", "dict": "{…}"}.get(type(self.value).__name__, "")


class _Stop(Exception):
    """The file cannot be read on; the reason is in the log."""


def from_yaml(text: str, log: Log, what: Words = STANDARD) -> Located | None:
    """The one document of a YAML text with the line of every value; None where it is none.

    `what` the file should hold is said where it holds nothing, or two of it.

    Numbers and dates stay as they are written, so that a code 3.10 does not become 3.1.
    """
    if found := _CONTROL.search(text):
        line = text.count("\n", 0, found.start()) + 1
        log.add(
            Where(line=line),
            f"有不可见的控制字符（U+{ord(found[0]):04X}）；应为普通文字",
            f"control character U+{ord(found[0]):04X}; expected plain text",
        )
        return None
    try:
        return _Builder(text, log, what).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = error.problem or error.context or "not YAML"
        log.add(
            Where(line=mark.line + 1 if mark else 1),
            f"不是正确的 YAML：{said}",
            f"not YAML: {said}",
        )
    except yaml.YAMLError as error:
        said = str(error).splitlines()[0]
        log.add(Where(line=1), f"不是正确的 YAML：{said}", f"not YAML: {said}")
    except _Stop:
        pass
    return None


class _Builder:
    """Reads the parser's events, which tell of every value where it begins."""

    def __init__(self, text: str, log: Log, what: Words) -> None:
        self.what = what
        self.events = yaml.parse(text, Loader=yaml.CSafeLoader)
        self.log = log
        self.anchors: dict[str, Located | None] = {}
        self.count = 0

    def document(self) -> Located | None:
        event = next(self.events)
        while not isinstance(event, yaml.DocumentStartEvent):
            if isinstance(event, yaml.StreamEndEvent):
                self.log.add(
                    Where(line=1),
                    f"文件是空的；应为一项{self.what.zh}",
                    f"empty; expected a {self.what.en}",
                )
                return None
            event = next(self.events)
        found = self._value(next(self.events), None, 0)
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                self.log.add(
                    _line(event),
                    f"一个文件只能写一项{self.what.zh}，这里开始了第二项",
                    f"a second document begins; expected one {self.what.en} in a file",
                )
                break
        return found

    def _value(self, event: Any, where: Where | None, depth: int) -> Located:
        """The value that begins with an event; `where` is its key's place, if it has one."""
        place = where or _line(event)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, place)
        self._counted(1, place)
        if isinstance(event, yaml.ScalarEvent):
            nothing = event.style is None and event.value in _NULLS
            found = Located(place, None if nothing else event.value)
            if event.anchor:
                self.anchors[event.anchor] = found
            return found
        if depth >= DEEPEST:
            self.log.add(
                place,
                f"嵌套超过 {DEEPEST} 层",
                f"nested over {DEEPEST} levels deep; expected a tree of nodes",
            )
            raise _Stop
        if event.anchor:
            self.anchors[event.anchor] = None  # known, not complete: naming it now is a cycle
        before = self.count
        if isinstance(event, yaml.SequenceStartEvent):
            found = Located(place, self._list(depth))
        else:
            found = Located(place, self._mapping(depth))
        found.size = self.count - before + 1
        if event.anchor:
            self.anchors[event.anchor] = found
        return found

    def _list(self, depth: int) -> list[Located]:
        values = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            values.append(self._value(event, None, depth + 1))
        return values

    def _mapping(self, depth: int) -> dict[str, Located]:
        values: dict[str, Located] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            place = _line(event)
            key = self._value(event, None, depth + 1).value
            value = self._value(next(self.events), place, depth + 1)
            if not isinstance(key, str):
                self.log.add(place, "字段名应为文字", "expected a word as the name of a field")
            elif key in values:
                self.log.add(
                    place,
                    f"字段“{key}”写了两次（另见{values[key].where.say('zh')}）",
                    f"“{key}” is given twice (also {values[key].where.say('en')})",
                )
            else:
                value.name = key
                values[key] = value
        return values

    def _alias(self, event: Any, place: Where) -> Located:
        if event.anchor not in self.anchors:
            self.log.add(
                place,
                f"引用了不存在的锚点 *{event.anchor}",
                f"*{event.anchor} names nothing above it",
            )
            return Located(place, None, broken=True)
        found = self.anchors[event.anchor]
        if found is None:
            self.log.add(
                place,
                f"循环：*{event.anchor} 包含它自己；标准应是一棵树",
                f"a cycle: *{event.anchor} contains itself; expected a tree",
            )
            return Located(place, None, broken=True)
        self._counted(found.size, place)
        return Located(place, found.value, found.size)

    def _counted(self, more: int, place: Where) -> None:
        self.count += more
        if self.count > MOST:
            self.log.add(
                place, f"内容超过 {MOST} 项", f"over {MOST} values; expected the size of a standard"
            )
            raise _Stop


def from_document(value: Any, path: str = "") -> Located:
    """The same for a document from JSON or the database; the place is its path."""
    where = Where(path=path)
    if value is None:
        return Located(where, None)
    if isinstance(value, bool):
        return Located(where, "true" if value else "false")
    if isinstance(value, Mapping):
        return Located(
            where,
            {
                str(name): from_document(entry, f"{path}.{name}" if path else str(name))
                for name, entry in value.items()
            },
        )
    if isinstance(value, Sequence) and not isinstance(value, str):
        return Located(where, [from_document(v, f"{path}[{n}]") for n, v in enumerate(value)])
    return Located(where, repr(value) if isinstance(value, float) else str(value))


def _line(event: Any) -> Where:
    return Where(line=event.start_mark.line + 1)
