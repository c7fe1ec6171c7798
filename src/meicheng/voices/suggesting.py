"""What kind of problem words tell of, before a person decides: learned, else by the list of words."""

from __future__ import annotations

from dataclasses import dataclass

from .checking import world
from .learning import guess_kinds
from .models import Report

LEAST_SHOWN = 0.05  # a guess less probable than that helps nobody


@dataclass(frozen=True)
class SuggestedKind:
    """A kind that words tell of, how probable it is, and the words that say so."""

    code: str
    name: str
    probability: float
    words: str


def suggested_kinds(report: Report) -> list[SuggestedKind]:
    """What kinds a report may be of, the likeliest first (2 SQL statements once kinds are known).

    The report need not be written yet: its subject and words are enough.
    """
    known = world()
    learned = [one for one in guess_kinds(report) if one.category in known.kinds]
    if learned:
        return [
            SuggestedKind(
                one.category, known.kinds[one.category].name, one.probability, "、".join(one.words)
            )
            for one in learned
            if one.probability >= LEAST_SHOWN
        ]
    suggested = report.suggested or [
        (one.code, one.score, one.words)
        for one in known.finder.suggest(f"{report.subject}\n{report.body}")
    ]
    return [
        SuggestedKind(code, known.kinds[code].name, score, "、".join(words))
        for code, score, words in suggested
        if code in known.kinds
    ]
