"""Reports like this one, and reports that hold words, among all there are."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from math import log, sqrt

from django.db.models import Q

from meicheng.cases.models import CaseText
from meicheng.cases.text import pieces
from meicheng.organisation.models import User
from meicheng.organisation.permissions import scope

from ..models import Report
from ..queries import listed_reports

LOOKED_AT = 300  # of the newest that share two telling pairs
PAIRS = 6  # of which two must be shared
SAMPLE = 1000  # of the newest cases, by which is told how many hold what
MOST = 5000  # cases that hold two telling pairs: reading more takes too long
SHOWN = 8
LEAST = 0.12
BODY = 300


@dataclass(frozen=True)
class Alike:
    """A report that says the same in its own words, and how much alike: 0 to 1."""

    report: Report
    alike: float


def reports_like(report: Report, user: User) -> list[Alike]:
    """The reports of the user's scope that are most like one, wherever and whenever (5 SQL).

    The index of the cases' words finds the newest that share two of its most telling pairs of
    characters; these are ordered by the cosine of their pairs, each weighed by how rare it is among
    the found. What pairs are telling is told by how few of the newest thousand cases hold them.
    """
    own = _pairs(f"{report.subject}\n{report.body[:BODY]}")
    if len(own) < 2:
        return []
    holding = Q()
    for two in _telling(own):
        holding |= Q(grams__all=list(two))
    # Put in order here: PostgreSQL would look for the newest through all cases.
    keys = sorted(CaseText.objects.filter(holding).values_list("pk", flat=True), reverse=True)
    seen = Report.objects.filter(scope(user, "reports.see").filter(division="division"))
    found = seen.filter(case__in=keys[:LOOKED_AT]).exclude(pk=report.pk).order_by("-reported_at")
    said = list(found.values_list("pk", "subject", "body")[:LOOKED_AT])
    texts = [_pairs(f"{subject}\n{body[:BODY]}") for _key, subject, body in said]
    held = Counter(pair for text in texts for pair in text)
    weight = {pair: log((1 + len(texts)) / (1 + held[pair])) + 1 for pair in own | set(held)}
    likeness = {
        key: _cosine(own, text, weight) for (key, *_words), text in zip(said, texts, strict=True)
    }
    best = sorted(likeness, key=lambda key: (-likeness[key], -key))[:SHOWN]
    by_key = listed_reports().in_bulk([key for key in best if likeness[key] >= LEAST])
    return [Alike(by_key[key], likeness[key]) for key in best if key in by_key]


def _telling(own: set[str]) -> list[tuple[str, str]]:
    """Twos of a text's most telling pairs, so few that they find some thousands at most (1 SQL).

    What the newest cases hold tells how many of all do; the twos that the fewest hold come first.
    """
    rows = list(CaseText.objects.order_by("-pk").values_list("pk", "grams")[:SAMPLE])
    there = [own.intersection(grams.split(" ")) for _key, grams in rows]
    held = Counter(pair for pairs in there for pair in pairs)
    # What none of the newest holds beside this one may find nothing: it only makes up two.
    known = sorted((pair for pair in own if held[pair] >= 2), key=lambda pair: (held[pair], pair))
    rare = (known if len(known) > 1 else [*known, *sorted(own.difference(known))])[:PAIRS]
    together = Counter(two for pairs in there for two in combinations(rare, 2) if pairs >= set(two))
    each = rows[0][0] / len(rows) if rows else 0  # cases for which one of the newest stands
    twos: list[tuple[str, str]] = []
    expected = 0.0
    for two in sorted(combinations(rare, 2), key=lambda two: together[two]):
        expected += together[two] * each
        if twos and expected > MOST:
            break
        twos.append(two)
    return twos


def _pairs(text: str) -> set[str]:
    return {one for one in pieces(text) if len(one) == 2 and not one.isascii()}


def _cosine(one: set[str], other: set[str], weight: dict[str, float]) -> float:
    shared = sum(weight[pair] ** 2 for pair in one & other)
    if not shared:
        return 0.0
    return shared / sqrt(
        sum(weight[pair] ** 2 for pair in one) * sum(weight[pair] ** 2 for pair in other)
    )
