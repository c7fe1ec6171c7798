"""Hot topics: those that the caller sees, and one with its reports."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router

from meicheng.engine.text import mask_personal
from meicheng.organisation.permissions import allow
from meicheng.voices.topics import queries
from meicheng.voices.topics.models import Topic

from .keys import need
from .paging import by_key, told
from .schemas import Page

router = Router()


@router.get("/topics", response=dict[str, Any], summary="Hot topics")
def topics(request: HttpRequest, response: HttpResponse, page: Query[Page]) -> Any:
    """What many reports tell of, by number; `heat` orders them, and is the sum of its parts."""
    user = need(request, "reports:read")
    allow(user, "reports.see")
    rows = queries.whole(queries.topics_seen(user, queries.TopicFilters()))
    found, cursor = by_key(rows, limit=page.limit, cursor=page.cursor)
    return told(request, response, found, cursor, topic_json)


@router.get("/topics/{number}", response=dict[str, Any], summary="One hot topic")
def one_topic(request: HttpRequest, number: int) -> Any:
    """A hot topic with its weeks and the codes of its reports."""
    user = need(request, "reports:read")
    allow(user, "reports.see")
    rows = queries.whole(queries.topics_seen(user, queries.TopicFilters()))
    topic = rows.filter(pk=min(max(number, 0), 2**62)).first()
    if topic is None:
        raise Http404(_("There is no such topic in your area; the list shows those of today"))
    return {
        **topic_json(topic),
        "weeks": [{"begins": one.begins, "reports": one.count} for one in queries.weeks_of(topic)],
        "reports": list(queries.messages_of([topic]).values_list("code", flat=True)),
    }


def topic_json(one: Topic) -> dict[str, Any]:
    """A topic as the API writes it."""
    return {
        "number": one.pk,
        "what": mask_personal(one.what),
        "place": one.place,
        "division": one.division.code,
        "concerned": one.concerned,
        "kind": one.kind_id,
        "unit": one.unit.code if one.unit else None,
        "reports_count": one.reports_count,
        "first_at": one.first_at,
        "last_at": one.last_at,
        "heat": one.heat,
        "parts": {
            "messages": one.messages,
            "votes": one.votes,
            "against": -one.against,
            "answered": -one.answered,
        },
        "hottest_on": one.hottest_on,
        "peak": one.peak,
    }
