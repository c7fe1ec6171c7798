"""What people look at of the knowledge base: the list, and what may answer somebody's words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from math import log

from django.db.models import Q, QuerySet

from meicheng.cases.text import asked
from meicheng.organisation.models import Unit
from meicheng.tables.pages import Page, page_of

from .models import Article

LEAST_SHARED = 0.12  # of the weight of what was said: less is chance


@dataclass(frozen=True)
class Answer:
    """An article that may answer somebody, with how much of her words it holds."""

    article: Article
    shared: float
    overdue: bool


def article_list(words: str, *, unit: Unit | None, overdue_on: date | None) -> QuerySet[Article]:
    """Articles in use that hold all the words; with a day, only those overdue on it (no SQL)."""
    found = Article.objects.filter(active=True)
    if unit is not None:
        found = found.filter(unit=unit)
    if overdue_on is not None:
        found = found.filter(review_by__lt=overdue_on)
    holds = Q()
    for piece in asked(words):
        holds &= Q(grams__contains=piece)
    return found.filter(holds).order_by("review_by", "code")


def article_page(found: QuerySet[Article], *, page: int) -> Page[Article]:
    """One page of articles (3 SQL statements)."""
    return page_of(found, page, Article.objects.select_related("unit", "kind").defer("grams"))


def best_answers(words: str, *, today: date, at_most: int = 4) -> list[Answer]:
    """The articles that hold most of what somebody says, best first (2 SQL statements).

    A piece weighs the more the fewer articles hold it: log(1 + articles / those with it), the
    usual inverse document frequency. What shares little is left out.
    """
    said = set(asked(words))
    if not said:
        return []
    held = {
        pk: said.intersection(grams.split())
        for pk, grams in Article.objects.filter(active=True).values_list("pk", "grams")
    }
    often = Counter(piece for found in held.values() for piece in found)
    weights = {piece: log(1 + len(held) / often[piece]) if often[piece] else 1.0 for piece in said}
    whole = sum(weights.values())
    shares = {pk: sum(weights[piece] for piece in found) / whole for pk, found in held.items()}
    best = sorted(shares, key=lambda pk: (-shares[pk], pk))[:at_most]
    articles = Article.objects.select_related("unit", "kind").in_bulk(best)
    return [
        Answer(articles[pk], shares[pk], articles[pk].review_by < today)
        for pk in best
        if shares[pk] >= LEAST_SHARED
    ]
