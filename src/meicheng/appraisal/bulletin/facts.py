"""What a bulletin is made of: figures that say where they come from, and sentences of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from meicheng.appraisal.queries import Ranking

PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Figure:
    """One number of the bulletin: as printed, what was counted, and the page that shows it."""

    index: int
    text: str
    how: str
    href: str


class Figures:
    """The figures of one bulletin in the order in which they are first said."""

    def __init__(self) -> None:
        self.all: list[Figure] = []

    def add(self, text: str, *, how: str, href: str) -> Figure:
        """A new figure; `how` is what the annex says of it."""
        for known in self.all:  # the same number from the same count is listed once
            if (known.text, known.how, known.href) == (text, how, href):
                return known
        figure = Figure(len(self.all) + 1, text, how, href)
        self.all.append(figure)
        return figure


@dataclass(frozen=True)
class Sentence:
    """Words with places for figures and names: "{received} cases were received"."""

    words: str
    parts: dict[str, Figure | str]

    def segments(self) -> Iterator[Figure | str]:
        """Text and figures in order."""
        position = 0
        for match in PLACE.finditer(self.words):
            if match.start() > position:
                yield self.words[position : match.start()]
            yield self.parts[match.group(1)]
            position = match.end()
        if position < len(self.words):
            yield self.words[position:]

    @property
    def text(self) -> str:
        """The sentence as plain text."""
        return "".join(s.text if isinstance(s, Figure) else s for s in self.segments())


@dataclass(frozen=True)
class Section:
    """A part of the bulletin with its heading; a table of ranking may follow the sentences."""

    heading: str
    sentences: list[Sentence] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    rankings: list[Ranking] = field(default_factory=list)


@dataclass(frozen=True)
class Problem:
    """A row of the problem list: an open case past its limit."""

    number: str
    kind: str
    place: str
    unit: str
    due_at: object
    days_late: int
    clear_by: date


@dataclass(frozen=True)
class Bulletin:
    """A month's bulletin, ready for the page, the document and the spreadsheet."""

    month: int
    title: str
    addressees: str
    issuer: str
    issued_on: date
    running: bool
    sections: list[Section]
    problems: list[Problem]
    problems_left: int
    figures: list[Figure]
