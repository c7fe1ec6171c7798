"""A questionnaire as data: questions in groups, in both languages, and what each answer counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language

from meicheng.engine.surveys.expressions import Expression

PLAIN = ("integer", "decimal", "text", "date", "note", "range")
INDEXES = ("happiness", "impression")


@dataclass(frozen=True)
class Said:
    """The same words in both languages; the Chinese where no English is known."""

    zh: str = ""
    en: str = ""

    def __str__(self) -> str:
        english = (get_language() or "").startswith("en") and self.en
        return self.en if english else self.zh


@dataclass(frozen=True)
class Choice:
    """One of the answers that may be chosen."""

    name: str
    label: Said
    score: float | None = None  # what it counts, from 0 to 1
    answer: str = ""  # the code that is written to the ledger


@dataclass(frozen=True)
class Question:
    """One question, or a note that is only shown."""

    name: str
    kind: str  # select_one, select_multiple, or one of PLAIN
    label: Said
    hint: Said = Said()
    required: bool = False
    relevant: Expression | None = None
    constraint: Expression | None = None
    message: Said = Said()
    choices: tuple[Choice, ...] = ()
    start: float = 0
    end: float = 10
    step: float = 1
    items: tuple[str, ...] = ()
    index: str = ""
    margin: bool = False

    @property
    def scored(self) -> bool:
        """Whether its answers count something from 0 to 1."""
        return self.kind == "range" or any(one.score is not None for one in self.choices)

    @property
    def steps(self) -> list[float]:
        """The points of a scale."""
        count = int((self.end - self.start) / self.step) + 1 if self.kind == "range" else 0
        return [self.start + number * self.step for number in range(count)]

    def score_of(self, said: Any) -> float | None:
        """What an answer counts, from 0 to 1; None where it counts nothing."""
        if said in ("", None, []):
            return None
        if self.kind == "range":
            return (float(said) - self.start) / (self.end - self.start)
        if self.kind == "select_one":
            return next((one.score for one in self.choices if one.name == said), None)
        if self.kind == "select_multiple" and self.scored:
            return {"correct": 1.0, "partly_correct": 0.5}.get(self.code_of(said), 0.0)
        return None

    def code_of(self, said: Any) -> str:
        """The answer's code in the ledger: the choice's own, or how right several choices are."""
        if self.kind == "select_multiple":
            right = {one.name for one in self.choices if one.score == 1}
            chosen = set(said)
            if chosen == right:
                return "correct"
            return "partly_correct" if chosen and chosen < right else "wrong"
        return next((one.answer or one.name for one in self.choices if one.name == said), str(said))


@dataclass(frozen=True)
class Group:
    """Questions that are shown together on one page; a matrix asks the same choices of each."""

    name: str
    label: Said
    questions: tuple[Question, ...]
    relevant: Expression | None = None
    matrix: bool = False


@dataclass(frozen=True)
class Form:
    """A questionnaire that can be asked."""

    code: str
    title: Said
    groups: tuple[Group, ...]
    minutes: float = 5
    audience: str = "households"
    within: str = ""

    @property
    def questions(self) -> Iterator[Question]:
        """All questions, without the notes."""
        return (one for group in self.groups for one in group.questions if one.kind != "note")

    def question(self, name: str) -> Question | None:
        """The question of a name."""
        return next((one for one in self.questions if one.name == name), None)
