"""Mock assessment: what would come out if assessors drew their sites today."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.organisation.permissions import allow, may
from meicheng.places.time import city_day
from meicheng.tables.charts import chart_workbook

from ..dry_runs import dry_runs_of
from ..mocks import DRAWS, MOST, MockOfPlace, least_numbers, mock_chart, mock_of, sites_by_kind
from ..naming import node_names
from ..queries import frameworks
from .asked import Asked, asked_for, places_to_choose, say_first, workbook_answer


@login_required
def mock_page(request: HttpRequest) -> HttpResponse:
    """The plan of sites, the distribution of the marks, and what decides them."""
    allow(request.user, "assessment.see")  # type: ignore[arg-type]
    editions = frameworks()
    if not editions:
        return render(request, "assessment/empty.html")
    asked = asked_for(request, editions)
    if (waiting := say_first(request, asked, _("Mock assessment"))) is not None:
        return waiting
    total, wished, problems = plan_of(request)
    found = _found(asked, total, wished)
    names = node_names(asked.framework)
    context: dict[str, Any] = {
        "asked": asked,
        "problems": [*asked.problems, *problems],
        "editions": editions,
        "places": places_to_choose(),
        "total": total,
        "least": least_numbers(),
        "wished": wished,
        "draws": DRAWS,
        "found": found,
        "chart": mock_chart(found.mock, found.needed) if found.mock else None,
        "decides": [(names[code], part) for code, part in found.mock.decides] if found.mock else [],
        "plan_query": plan_query(total, wished),
        "held": dry_runs_of(asked.division, asked.framework),
        "may_hold": may(request.user, "rounds.make", division=asked.division),  # type: ignore[arg-type]
        "frame": sites_by_kind(asked.division),
        "key": uuid4().hex,
        "today": city_day(timezone.now()),
        "due": city_day(timezone.now()) + timedelta(days=14),
    }
    status = 400 if context["problems"] else 200
    return render(request, "assessment/mock.html", context, status=status)


@login_required
def mock_workbook(request: HttpRequest) -> HttpResponse:
    """The distribution of the page as a workbook."""
    allow(request.user, "assessment.see")  # type: ignore[arg-type]
    asked = asked_for(request)
    total, wished, _problems = plan_of(request)
    found = _found(asked, total, wished)
    charts = [mock_chart(found.mock, found.needed)] if found.mock else []
    drawn = _("%(count)s sites in each draw") % {"count": found.planned}
    return workbook_answer(chart_workbook(charts, [*asked.filters, drawn]), asked, "mock")


def _found(asked: Asked, total: int, wished: Mapping[str, int]) -> MockOfPlace:
    return mock_of(asked.framework, asked.period, asked.division, total=total, wished=wished)


def plan_query(total: int, wished: Mapping[str, int]) -> str:
    return "&".join([f"total={total}", *(f"k:{kind}={count}" for kind, count in wished.items())])


def plan_of(request: HttpRequest) -> tuple[int, dict[str, int], list[str]]:
    """The number of sites, or numbers by kind (`k:KIND`), from the address; all that is wrong."""
    problems: list[str] = []
    total = least_numbers()[1]
    wished: dict[str, int] = {}
    for name, given in request.GET.items():
        text = str(given)
        if (name != "total" and not name.startswith("k:")) or not text.strip():
            continue
        if not text.strip().isdecimal() or int(text) > MOST:
            words = {"text": text[:20], "most": MOST}
            problems.append(_("“%(text)s” is no number of sites from 0 to %(most)s") % words)
        elif name == "total":
            total = int(text)
        else:
            wished[name[2:]] = int(text)
    return total, wished, problems
