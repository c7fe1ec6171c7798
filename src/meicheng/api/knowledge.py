"""The knowledge base: all articles in use, and those that answer some words best."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from meicheng.knowledge.models import Article
from meicheng.knowledge.queries import best_answers
from meicheng.organisation.permissions import allow
from meicheng.places.time import today

from .keys import need
from .paging import by_code, told
from .schemas import Page

router = Router()


@router.get("/knowledge", response=dict[str, Any], summary="Articles of the knowledge base")
def articles(
    request: HttpRequest, response: HttpResponse, page: Query[Page], words: str = ""
) -> Any:
    """The articles in use, by code; with `words`, the few that answer them best, best first."""
    user = need(request, "knowledge:read")
    allow(user, "knowledge.see")
    if words:
        found = [one.article for one in best_answers(words[:500], today=today(), at_most=10)]
        return told(request, response, found, "", article_json)
    rows = Article.objects.filter(active=True).select_related("unit")
    found, cursor = by_code(rows, limit=page.limit, cursor=page.cursor)
    return told(request, response, found, cursor, article_json)


def article_json(one: Article) -> dict[str, Any]:
    """An article as the API writes it."""
    return {
        "code": one.code,
        "question": one.question,
        "answer": one.answer,
        "kind": one.kind_id,
        "unit": one.unit.code,
        "review_by": one.review_by,
        "overdue": one.review_by < today(),
    }
