"""Pages of what reading all reports together found: topics, the week, who is not heard."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote, urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from meicheng.organisation.permissions import allow, may
from meicheng.organisation.who import user_of
from meicheng.places.models import Division
from meicheng.places.time import city_day
from meicheng.tables.pages import page_number, page_of
from meicheng.tables.sheets import Cell, Sheet, saved, workbook

from . import queries
from .digest import WEEK, WEEKS, digest_of, last_week, week_from
from .heard import listening, since_of
from .models import Topic
from .sheets import topics_workbook


@require_GET
@login_required
def listing(request: HttpRequest) -> HttpResponse:
    """The topics of the user's scope, the hottest first (at most 9 SQL statements)."""
    user = user_of(request)
    allow(user, "reports.see")
    filters = queries.filters_from(request.GET)
    found = queries.topics_seen(user, filters)
    page = page_of(found, page_number(request.GET.get("page")), queries.whole(Topic.objects.all()))
    context = {
        "filters": filters,
        "found": page,
        "hottest": max((one.heat for one in page.rows), default=0),
        "query": filters.query,
        "tab": "list",
        "divisions": Division.objects.filter(level__in=["district", "subdistrict"])
        .defer("outline")
        .order_by("path"),
    }
    return render(request, "topics/list.html", context)


@require_GET
@login_required
def topic(request: HttpRequest, pk: int) -> HttpResponse:
    """One topic: why it is hot, how it went, and its reports (at most 9 SQL statements)."""
    user = user_of(request)
    allow(user, "reports.see")
    seen = queries.topics_seen(user, queries.TopicFilters())
    one = queries.whole(seen).filter(pk=min(pk, 2**62)).first()
    if one is None:
        raise Http404(_("There is no such topic in your area; the list shows those of today"))
    rows = queries.messages_of([one]).order_by("-reported_at", "-pk")
    context = {
        "one": one,
        "weeks": queries.weeks_of(one),
        "found": page_of(rows, page_number(request.GET.get("page")), rows),
        "query": "",
    }
    return render(request, "topics/topic.html", context)


@require_GET
@login_required
def listing_workbook(request: HttpRequest) -> HttpResponse:
    """The topics that the list shows and their reports, as a workbook of two tables.

    Phone numbers and the like in the words are masked, as in everything that leaves the house.
    """
    user = user_of(request)
    allow(user, "reports.see")
    filters = queries.filters_from(request.GET)
    topics = list(queries.whole(queries.topics_seen(user, filters))[: queries.MOST_EXPORTED])
    asked = [
        f"{_('Place')}: {filters.division.name if filters.division else _('All')}",
        f"{filters.since or '…'} – {filters.until or '…'}",
    ]
    content = topics_workbook(topics, asked)
    return saved(content, "hot-topics.xlsx")


@require_GET
@login_required
def digest(request: HttpRequest) -> HttpResponse:
    """A week in plain sentences, each number of which leads to what it counts."""
    user = user_of(request)
    allow(user, "reports.see")
    today = city_day(timezone.now())
    found = digest_of(user, week_from(request.GET.get("week", ""), today=today))
    heaviest = max((one.z for one in found.words), default=1.0)
    context = {
        "found": found,
        "words": [(one, round(13 + 15 * one.z / heaviest)) for one in found.words],
        "usual_from": found.first - WEEK * WEEKS,
        "usual_until": found.first - timedelta(days=1),
        "before": found.first - timedelta(days=7),
        "after": found.first + timedelta(days=7)
        if found.first + timedelta(days=7) <= last_week(today)
        else None,
        "tab": "digest",
    }
    return render(request, "topics/digest.html", context)


@require_GET
@login_required
def unheard(request: HttpRequest) -> HttpResponse:
    """Communities beside what the problems seen there would lead to expect (at most 8 SQL)."""
    user = user_of(request)
    allow(user, "reports.see")
    today = city_day(timezone.now())
    found = listening(user, today=today)
    only_quiet = request.GET.get("show") != "all"
    shown = found.quiet if only_quiet else found.communities
    context = {
        "found": found,
        "shown": shown,
        "only_quiet": only_quiet,
        "since": since_of(today),
        "until": today,
        "may_ask": may(user, "rounds.make"),
        "may_survey": may(user, "surveys.make"),
        "areas": urlencode([("area", one.division.code) for one in found.quiet]),
        "outlined": Division.objects.filter(level="community", outline__isnull=False).exists(),
        "tab": "unheard",
    }
    return render(request, "topics/unheard.html", context)


@require_GET
@login_required
def unheard_json(request: HttpRequest) -> JsonResponse:
    """The communities as a layer of the map: shaded by how much is heard of them."""
    user = user_of(request)
    allow(user, "reports.see")
    found = listening(user, today=city_day(timezone.now()))
    rows = [(one.division, one) for one in found.communities] + [
        (one, None) for one in found.unknown
    ]
    outlines = dict(
        Division.objects.filter(pk__in=[one.pk for one, _heard in rows]).values_list(
            "pk", "outline"
        )
    )
    features = [
        {
            "type": "Feature",
            "geometry": outlines[division.pk],
            "properties": {
                "kind": "shaded",
                "grade": "none" if one is None else "fair" if one.heard.quiet else "good",
                "name": division.name
                if one is None
                else f"{division.name}: {one.heard.ratio:.2f} ({one.heard.low:.2f}–{one.heard.high:.2f})",
                "href": f"{reverse('voices:list')}?state=all&division={quote(division.code)}",
            },
        }
        for division, one in rows
        if outlines.get(division.pk)
    ]
    answer = JsonResponse({"type": "FeatureCollection", "features": features})
    answer["Cache-Control"] = "private, max-age=300"
    return answer


@require_GET
@login_required
def unheard_workbook(request: HttpRequest) -> HttpResponse:
    """All communities as a workbook, the quietest first."""
    user = user_of(request)
    allow(user, "reports.see")
    today = city_day(timezone.now())
    found = listening(user, today=today)
    rows: list[tuple[Cell, ...]] = [
        (
            one.division.name, one.division.code, one.division.district.name if one.division.district else "",
            one.heard.place.people, one.heard.place.reports, round(one.heard.per_thousand, 2),
            one.heard.place.looks, one.heard.problems, round(one.heard.expected, 1),
            round(one.heard.ratio, 3), round(one.heard.low, 3), round(one.heard.high, 3),
            _("not heard") if one.heard.quiet else "",
        )
        for one in found.communities
    ]  # fmt: skip
    headings = [
        (_("Community"), 18), (_("Code of the division"), 14), (_("District"), 14), (_("People"), 10), (_("Reports"), 9),
        (_("For each thousand people"), 12), (_("Looks"), 9), (_("Failed, drawn to the mean"), 12), (_("Expected"), 10),
        (_("Heard"), 9), (_("from (90 %)"), 9), (_("to (90 %)"), 9), ("", 12),
    ]  # fmt: skip
    asked = [_("Who is not heard"), f"{since_of(today)} – {today}"]
    content = workbook(Sheet(_("Who is not heard"), asked, headings, rows, frozenset({7})))
    return saved(content, "who-is-not-heard.xlsx")
