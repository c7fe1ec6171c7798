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

LOOKED_AT = 300  # of the newest that share two telling pairs
PAIRS = 6  # of which two must be shared
SHOWN = 8
LEAST = 0.12
BODY = 300


@dataclass(frozen=True)
class Alike:
    """A report that says the same in its own words, and how much alike: 0 to 1."""

    report: Report
    alike: float


def reports_like(report: Report, user: User) -> list[Alike]:
    """The reports of the user's scope that are most like one, wherever and whenever (4 SQL).

    The index of the cases' words finds the newest that share two of its most telling pairs of
    characters; these are ordered by the cosine of their pairs, each weighed by how rare it is among
    the found. What pairs are telling is told by how few of the newest thousand cases hold them.
    """
    own = _pairs(f"{report.subject}\n{report.body[:BODY]}")
    if len(own) < 2:
        return []
    rare = _rare(own)
    holding = Q()
    for two in combinations(rare, 2):
        holding |= Q(grams__all=list(two))
    keys = CaseText.objects.filter(holding).order_by("-pk").values_list("pk", flat=True)[:LOOKED_AT]
    found = list(
        Report.objects.filter(
            scope(user, "reports.see").filter(division="division"), case__in=list(keys)
        )
        .exclude(pk=report.pk)
        .select_related("kind", "division__district", "case")
        .defer(
            "division__outline",
            "division__district__outline",
            "phone_sealed",
            "email_sealed",
            "name_sealed",
        )
        .order_by("-reported_at")[:LOOKED_AT]
    )
    texts = [_pairs(f"{one.subject}\n{one.body[:BODY]}") for one in found]
    held = Counter(pair for text in texts for pair in text)
    weight = {pair: log((1 + len(texts)) / (1 + held[pair])) + 1 for pair in own | set(held)}
    likeness = [_cosine(own, text, weight) for text in texts]
    ranked = sorted(zip(found, likeness, strict=True), key=lambda pair: (-pair[1], -pair[0].pk))
    return [Alike(one, value) for one, value in ranked[:SHOWN] if value >= LEAST]


def _rare(own: set[str]) -> list[str]:
    """The most telling pairs of a text: those that the fewest of the newest cases hold (1 SQL)."""
    held: Counter[str] = Counter()
    for grams in CaseText.objects.order_by("-pk").values_list("grams", flat=True)[:1000]:
        held.update(own.intersection(grams.split(" ")))
    # What no other holds finds nothing.
    known = sorted((pair for pair in own if held[pair] >= 2), key=lambda pair: (held[pair], pair))
    return known[:PAIRS] or sorted(own)[:PAIRS]


def _pairs(text: str) -> set[str]:
    return {one for one in pieces(text) if len(one) == 2 and not one.isascii()}


def _cosine(one: set[str], other: set[str], weight: dict[str, float]) -> float:
    shared = sum(weight[pair] ** 2 for pair in one & other)
    if not shared:
        return 0.0
    return shared / sqrt(
        sum(weight[pair] ** 2 for pair in one) * sum(weight[pair] ** 2 for pair in other)
    )
