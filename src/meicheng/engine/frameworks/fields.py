"""The kinds of fields that the format is put together from.

A field reads a located value into a plain one or notes what is wrong, and says itself as JSON Schema.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from .located import Located
from .problems import Log

_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")


class _Missing:
    """Stands for a value that is not there or was refused."""

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING = _Missing()


class Field(Protocol):
    """What every kind of field can do."""

    def read(self, found: Located, log: Log) -> Any:
        """The plain value, or `MISSING` with the reason in the log."""

    def schema(self) -> dict[str, Any]:
        """The field as JSON Schema."""


def refuse(found: Located, log: Log, zh: str, en: str) -> _Missing:
    """Note that something else was expected here."""
    if not found.broken:
        name = f"{found.name}: " if found.name else ""
        if found.shown:
            shown = name + found.shown
            log.add(found.where, f"“{shown}”不对；应为{zh}", f"“{shown}”; expected {en}")
        else:
            log.add(found.where, f"{name}没有内容；应为{zh}", f"{name}nothing here; expected {en}")
    return MISSING


@dataclass(frozen=True)
class Text:
    """One line of text, as written; `pattern` where its form is fixed."""

    at_most: int = 200
    pattern: str = ""
    zh: str = "文字"
    en: str = "text"

    def read(self, found: Located, log: Log) -> Any:
        if not isinstance(found.value, str) or not found.value.strip():
            return refuse(found, log, self.zh, self.en)
        text = found.value.strip()
        if len(text) > self.at_most:
            return refuse(
                found, log, f"不超过 {self.at_most} 字", f"at most {self.at_most} characters"
            )
        if any(ord(sign) < 32 or sign in "\x7f\x85\u2028\u2029" for sign in text):
            return refuse(found, log, f"{self.zh}，不换行", f"{self.en} on one line")
        if self.pattern and not re.fullmatch(self.pattern, text):
            return refuse(found, log, self.zh, self.en)
        return text

    def schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": self.at_most}
        return schema | ({"pattern": f"^(?:{self.pattern})$"} if self.pattern else {})


@dataclass(frozen=True)
class Number:
    """A number within bounds; whole numbers stay whole."""

    above: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    whole: bool = False

    def read(self, found: Located, log: Log) -> Any:
        text = found.value.strip() if isinstance(found.value, str) else ""
        if not _NUMBER.fullmatch(text):
            return refuse(found, log, *self._expected())
        value: float = int(text) if re.fullmatch(r"[-+]?\d{1,15}", text) else float(text)
        if self.whole and float(value).is_integer():
            value = int(value)
        if (
            not math.isfinite(value)
            or (self.whole and not isinstance(value, int))
            or (self.above is not None and value <= self.above)
            or (self.at_least is not None and value < self.at_least)
            or (self.at_most is not None and value > self.at_most)
        ):
            return refuse(found, log, *self._expected())
        return value

    def _expected(self) -> tuple[str, str]:
        zh, en = ("整数", "a whole number") if self.whole else ("数字", "a number")
        if self.above is not None:
            zh, en = f"大于 {self.above:g} 的{zh}", f"{en} above {self.above:g}"
        if self.at_least is not None:
            zh, en = f"不小于 {self.at_least:g} 的{zh}", f"{en} of at least {self.at_least:g}"
        if self.at_most is not None:
            joint = " and" if self.above is not None or self.at_least is not None else ""
            zh, en = f"{zh}，不超过 {self.at_most:g}", f"{en}{joint} at most {self.at_most:g}"
        return zh, en

    def schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "integer" if self.whole else "number"}
        for key, bound in (
            ("exclusiveMinimum", self.above),
            ("minimum", self.at_least),
            ("maximum", self.at_most),
        ):
            if bound is not None:
                schema[key] = bound
        return schema


@dataclass(frozen=True)
class Choice:
    """One of a closed list of words."""

    among: tuple[str, ...]

    def read(self, found: Located, log: Log) -> Any:
        if not isinstance(found.value, str) or found.value.strip() not in self.among:
            listed = ", ".join(self.among)
            return refuse(found, log, f"其中之一：{listed}", f"one of {listed}")
        return found.value.strip()

    def schema(self) -> dict[str, Any]:
        return {"enum": list(self.among)}


@dataclass(frozen=True)
class Flag:
    """true or false."""

    def read(self, found: Located, log: Log) -> Any:
        word = found.value.strip().lower() if isinstance(found.value, str) else ""
        if word not in ("true", "false"):
            return refuse(found, log, "true 或 false", "true or false")
        return word == "true"

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True)
class KnownCode:
    """A code of one of the city's lists: site_kinds, roles, themes or case_kinds."""

    of: str
    zh: str
    en: str

    def read(self, found: Located, log: Log) -> Any:
        codes: frozenset[str] = getattr(log.known, self.of)
        if not isinstance(found.value, str) or found.value.strip() not in codes:
            return refuse(
                found, log, f"已有的{self.zh}代码", f"the code of a {self.en} that the city has"
            )
        return found.value.strip()

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "description": f"code of a {self.en}"}


@dataclass(frozen=True)
class ListOf:
    """A list with at least one entry and none twice."""

    of: Field

    def read(self, found: Located, log: Log) -> Any:
        if not isinstance(found.value, list) or not found.value:
            return refuse(found, log, "列表 [a, b]", "a list [a, b]")
        values = []
        for entry in found.value:
            value = self.of.read(entry, log)
            if value is MISSING:
                continue
            if value in values:
                log.add(entry.where, f"“{value}”重复", f"“{value}” is listed twice")
            else:
                values.append(value)
        return values or MISSING

    def schema(self) -> dict[str, Any]:
        return {
            "type": "array",
            "items": self.of.schema(),
            "minItems": 1,
            "uniqueItems": True,
        }


@dataclass(frozen=True)
class MapOf:
    """A mapping from codes to values, with at least one entry."""

    key: Field
    of: Field

    def read(self, found: Located, log: Log) -> Any:
        if not isinstance(found.value, dict) or not found.value:
            return refuse(found, log, "对应表 {a: 1}", "a mapping {a: 1}")
        values = {}
        for name, entry in found.value.items():
            key = self.key.read(Located(entry.where, name), log)
            value = self.of.read(entry, log)
            if key is not MISSING and value is not MISSING:
                values[key] = value
        return values or MISSING

    def schema(self) -> dict[str, Any]:
        names = {k: v for k, v in self.key.schema().items() if k in ("pattern", "enum", "not")}
        schema: dict[str, Any] = {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": self.of.schema(),
        }
        return schema | ({"propertyNames": names} if names else {})


@dataclass(frozen=True)
class Record:
    """A mapping with named fields; `needed` must be there, others may."""

    fields: Mapping[str, Field]
    needed: tuple[str, ...] = ()

    def read(self, found: Located, log: Log) -> Any:
        if not isinstance(found.value, dict):
            listed = ", ".join(self.fields)
            return refuse(found, log, f"含这些字段的对应表：{listed}", f"a mapping with {listed}")
        values: dict[str, Any] = {}
        for name, entry in found.value.items():
            if name not in self.fields:
                listed = ", ".join(self.fields)
                log.add(
                    entry.where,
                    f"没有名为“{name}”的字段；这里可用：{listed}",
                    f"no field is called “{name}”; expected {listed}",
                )
            elif entry.value is not None or entry.broken or name in self.needed:
                value = self.fields[name].read(entry, log)
                if value is not MISSING:
                    values[name] = value
        for name in self.needed:
            if name not in found.value:
                log.add(found.where, f"缺少“{name}”", f"“{name}” is missing")
        return values

    def schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {
            "type": "object",
            "properties": {name: field.schema() for name, field in self.fields.items()},
            "additionalProperties": False,
        }
        return schema | ({"required": list(self.needed)} if self.needed else {})
