"""The conditions of a questionnaire: `relevant` and `constraint`, as XLSForm writes them.

A small part of ODK's XPath: answers `${name}`, the answer itself `.`, numbers and 'words',
comparisons, `and`, `or`, `not(…)` and `selected(${name}, 'choice')`. Nothing else is run, so that a
file from anywhere can be read.

Source: XLSForm.org, "Relevant", "Constraints", "Operators and functions".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Answers = Mapping[str, Any]

_TOKEN = re.compile(
    r"""\s*(?:(?P<name>\$\{\s*[A-Za-z_][\w.-]*\s*\}) | (?P<number>-?\d+(?:\.\d+)?)
    | (?P<words>'[^']*'|"[^"]*") | (?P<sign><=|>=|!=|=|<|>|\(|\)|,)
    | (?P<word>and|or|not|selected)\b | (?P<self>\.))""",
    re.VERBOSE,
)
DEEPEST = 30  # brackets in brackets


class BadExpression(ValueError):
    """A condition that cannot be read; `at` is where, counted from 1."""

    def __init__(self, at: int) -> None:
        self.at = at
        super().__init__(f"cannot be read at character {at}")


@dataclass(frozen=True)
class Expression:
    """A condition that was read."""

    text: str
    tree: tuple[Any, ...]
    names: frozenset[str]  # the questions that it asks about

    def holds(self, answers: Answers, own: Any = None) -> bool:
        """Whether it holds for these answers; `own` is the answer that `.` stands for.

        A question without an answer compares as an empty text, as in ODK.

        >>> parse("${age} >= 18 and selected(${ways}, 'bus')").holds({"age": 30, "ways": ["bus"]})
        True
        >>> parse("not(${seen} = 'yes')").holds({})
        True
        """
        return bool(_value(self.tree, answers, own))


def parse(text: str) -> Expression:
    """Read a condition. Raises `BadExpression` with the place that cannot be read.

    >>> sorted(parse("${a} = 'x' or ${b} > 3").names)
    ['a', 'b']
    """
    reader = _Reader(text)
    tree = reader.either()
    if reader.kind:
        raise BadExpression(reader.at + 1)
    return Expression(text, tree, frozenset(reader.names))


class _Reader:
    """Reads from left to right: or, and, comparison, value."""

    def __init__(self, text: str) -> None:
        self.text, self.end, self.depth = text, 0, 0
        self.names: set[str] = set()
        self.next()

    def next(self) -> None:
        """Go on to the next sign."""
        begin = len(self.text) - len(self.text[self.end :].lstrip())
        self.at = begin
        if begin == len(self.text):
            self.kind, self.sign = "", ""
            return
        found = _TOKEN.match(self.text, self.end)
        if found is None:
            raise BadExpression(begin + 1)
        self.kind = str(found.lastgroup)
        self.sign = found[self.kind]
        self.end = found.end()

    def take(self, sign: str) -> None:
        if self.sign != sign:
            raise BadExpression(self.at + 1)
        self.next()

    def either(self) -> tuple[Any, ...]:
        found = self.both()
        while self.kind == "word" and self.sign == "or":
            self.next()
            found = ("or", found, self.both())
        return found

    def both(self) -> tuple[Any, ...]:
        found = self.comparison()
        while self.kind == "word" and self.sign == "and":
            self.next()
            found = ("and", found, self.comparison())
        return found

    def comparison(self) -> tuple[Any, ...]:
        found = self.value()
        if self.kind == "sign" and self.sign in {"=", "!=", "<", ">", "<=", ">="}:
            sign = self.sign
            self.next()
            return (sign, found, self.value())
        return found

    def value(self) -> tuple[Any, ...]:
        kind, sign, at = self.kind, self.sign, self.at
        if (kind in {"", "sign"} and sign != "(") or sign in {"and", "or"}:
            raise BadExpression(at + 1)
        self.next()
        if kind == "name":
            name = sign[2:-1].strip()
            self.names.add(name)
            return ("name", name)
        if kind == "number":
            return ("value", float(sign))
        if kind == "words":
            return ("value", sign[1:-1])
        if kind == "self":
            return ("self",)
        self.depth += 1
        if self.depth > DEEPEST:
            raise BadExpression(at + 1)
        if sign == "selected":
            self.take("(")
            found: tuple[Any, ...] = ("selected", self.value())
            self.take(",")
            found += (self.value(),)
        else:
            if sign == "not":
                self.take("(")
            found = ("not", self.either()) if sign == "not" else self.either()
        self.take(")")
        self.depth -= 1
        return found


def _value(tree: tuple[Any, ...], answers: Answers, own: Any) -> Any:
    sign = tree[0]
    if sign == "value":
        return tree[1]
    if sign == "name":
        return answers.get(tree[1], "")
    if sign == "self":
        return own
    left = _value(tree[1], answers, own)
    if sign == "not":
        return not left
    if sign in {"and", "or"}:
        decided = bool(left) is (sign == "or")
        return left if decided else _value(tree[2], answers, own)
    right = _value(tree[2], answers, own)
    if sign == "selected":
        chosen = left if isinstance(left, list | tuple) else [left]
        return right in chosen
    return _compared(left, sign, right)


def _compared(left: Any, sign: str, right: Any) -> bool:
    """Equal as numbers where both are, else as texts; larger and smaller only as numbers."""
    one, other = _number(left), _number(right)
    if sign in {"=", "!="}:
        same = (
            one == other if one is not None and other is not None else _text(left) == _text(right)
        )
        return same is (sign == "=")
    if one is None or other is None:
        return False
    return {"<": one < other, ">": one > other, "<=": one <= other, ">=": one >= other}[sign]


def _text(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value or "")


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or value in ("", None):
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
