"""What people do with articles: write, change, review and withdraw them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.cases.text import pieces
from meicheng.ledger.events import next_event
from meicheng.organisation.models import Unit, User
from meicheng.organisation.permissions import allow
from meicheng.places.time import city_day
from meicheng.standards.models import CaseKind

from .models import Article

LONGEST = 5000  # characters of an answer
FURTHEST = timedelta(days=731)  # within which everything is looked at again


class BadArticle(ValueError):
    """An article that cannot be kept; `field` names what is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Draft:
    """What an article is to say."""

    question: str
    answer: str
    unit: Unit
    review_by: date
    kind: CaseKind | None = None
    active: bool = True


@transaction.atomic
def write_article(
    draft: Draft, *, by: User, article: Article | None = None, at: datetime | None = None
) -> Article:
    """Write an article, or change one; who may write for its unit, and for the one it had, may.

    at: when, if not now; for the demo city alone.

    Raises `NotAllowed`, and `BadArticle` where it says nothing or is to be reviewed too late.
    """
    allow(by, "knowledge.write", division=draft.unit.division, unit=draft.unit)
    at = at or timezone.now()
    check_draft(draft, today=city_day(at))
    if article is None:
        article = Article(code=uuid4().hex, events_count=0)
        verb = "article_written"
    else:
        article = _locked(article)
        allow(by, "knowledge.write", division=article.unit.division, unit=article.unit)
        verb = "article_changed" if draft.active else "article_withdrawn"
    fill_article(article, draft)
    article.written_at, article.written_by = at, by
    article.save()
    if verb == "article_written":
        article.code = f"K-{article.pk:04d}"
    _record(article, verb, by, at)
    return article


@transaction.atomic
def review_article(article: Article, *, by: User, until: date) -> Article:
    """Say that an article still holds, until the next day of review."""
    article = _locked(article)
    allow(by, "knowledge.write", division=article.unit.division, unit=article.unit)
    _check_day(until, today=city_day(timezone.now()))
    article.review_by = until
    _record(article, "article_reviewed", by)
    return article


def check_draft(draft: Draft, *, today: date) -> None:
    """Raise `BadArticle` with the first thing that is wrong."""
    for field, words, most in (
        ("question", draft.question, 200),
        ("answer", draft.answer, LONGEST),
    ):
        if not words.strip():
            raise BadArticle(field, _("Write what people ask, and what is answered"))
        if len(words) > most:
            raise BadArticle(
                field,
                _("The text has %(count)d characters; at most %(most)d are taken")
                % {"count": len(words), "most": most},
            )
    _check_day(draft.review_by, today=today)


def fill_article(article: Article, draft: Draft) -> None:
    """Put what a draft says into an article, with the pieces it is found by (no SQL)."""
    article.question, article.answer = draft.question.strip(), draft.answer.strip()
    article.unit, article.kind = draft.unit, draft.kind
    article.review_by, article.active = draft.review_by, draft.active
    article.grams = grams_of(article.question, article.answer)


def grams_of(question: str, answer: str) -> str:
    """The pieces by which an article is found."""
    return " ".join(pieces(f"{question}\n{answer}"))


def _check_day(day: date, *, today: date) -> None:
    if not today < day <= today + FURTHEST:
        raise BadArticle(
            "review_by",
            _("Name a day of review after today and within two years: %(day)s is not")
            % {"day": day.isoformat()},
        )


def _locked(article: Article) -> Article:
    rows = Article.objects.select_for_update(of=("self",)).select_related("unit__division")
    return rows.get(pk=article.pk)


def _record(article: Article, verb: str, by: User, at: datetime | None = None) -> None:
    next_event(
        article,
        verb,
        by=by,
        at=at or timezone.now(),
        question=article.question,
        answer=article.answer,
        unit=article.unit.code,
        review_by=article.review_by.isoformat(),
        active=article.active,
    )
    article.save()
