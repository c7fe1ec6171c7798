"""What is wrong with a file, where, and what was expected; all of it at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from meicheng.engine.words import Words


@dataclass(frozen=True, order=True)
class Where:
    """A place in a file: the line of a text, the cell of a sheet, or the path of a document."""

    line: int = 0
    sheet: str = ""
    cell: str = ""
    path: str = ""

    def say(self, language: str) -> str:
        """The place in words.

        >>> Where(line=12).say("en"), Where(sheet="criteria", cell="E7").say("zh")
        ('line 12', '工作表“criteria”单元格 E7')
        """
        if self.sheet:
            where = (
                f"sheet “{self.sheet}” cell {self.cell}" if self.cell else f"sheet “{self.sheet}”"
            )
            ort = f"工作表“{self.sheet}”" + (f"单元格 {self.cell}" if self.cell else "")
            return Words(ort, where).say(language)
        if self.line:
            return Words(f"第 {self.line} 行", f"line {self.line}").say(language)
        return self.path or Words("文件", "file").say(language)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where it stands, what it is, what was expected."""

    where: Where
    words: Words

    def say(self, language: str = "en") -> str:
        """The whole message in a language."""
        colon = "：" if language.lower().startswith("zh") else ": "
        return f"{self.where.say(language)}{colon}{self.words.say(language)}"

    def __str__(self) -> str:
        return self.say()


@dataclass(frozen=True)
class Known:
    """The codes that a standard may name: the city's kinds of sites and cases, roles and themes."""

    site_kinds: frozenset[str]
    roles: frozenset[str]
    themes: frozenset[str]
    case_kinds: frozenset[str]


@dataclass
class Log:
    """Collects what is wrong while a file is read."""

    known: Known
    problems: list[Problem] = field(default_factory=list)

    def add(self, where: Where, zh: str, en: str) -> None:
        """Note a problem; the same words at the same place are said once."""
        problem = Problem(where, Words(zh, en))
        if problem not in self.problems:
            self.problems.append(problem)

    def in_order(self, sheets: Mapping[str, int] | None = None) -> list[Problem]:
        """The problems in the order of the file."""
        position = sheets or {}

        def key(problem: Problem) -> tuple[int, int, int, str]:
            where = problem.where
            row = int("".join(sign for sign in where.cell if sign.isdigit()) or 0)
            return where.line, position.get(where.sheet, -1), row, where.cell

        return sorted(self.problems, key=key)
