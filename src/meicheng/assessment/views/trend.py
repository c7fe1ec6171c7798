"""The course of the marks: three years by month, and whether a change is more than chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from meicheng.organisation.permissions import allow
from meicheng.standards.models import Framework
from meicheng.tables.charts import Chart, chart_workbook

from ..naming import word
from ..queries import frameworks
from ..trend import (
    Part,
    Trend,
    against_last_year,
    comparable,
    course_words,
    difference_words,
    last_whole_month,
    trend,
    trend_charts,
    verdict_of,
    verdict_words,
)
from .asked import Asked, asked_for, places_to_choose, say_first_of_years, workbook_answer


@dataclass(frozen=True)
class Choice:
    """A part of the standard that a trend may be of."""

    code: str
    name: str
    depth: int

    @property
    def indent(self) -> str:
        """Room before its name in a list, by its depth."""
        return "　" * self.depth


@login_required
def trend_page(request: HttpRequest) -> HttpResponse:
    """Marks by month with the year before, the test of their course, this year against last."""
    allow(request.user, "assessment.see")  # type: ignore[arg-type]
    editions = frameworks()
    if not editions:
        return render(request, "assessment/empty.html")
    asked = asked_for(request, editions)
    if (waiting := say_first_of_years(request, asked, _("Trend"))) is not None:
        return waiting
    part, problems = _part(request, asked.framework)
    found, charts = _charts(asked, part)
    test = verdict_of(found)
    whole = not part.node and not part.criterion
    context: dict[str, Any] = {
        "asked": asked,
        "problems": [*asked.problems, *problems],
        "editions": editions,
        "places": places_to_choose(),
        "parts": _choices(asked.framework),
        "part": part,
        "part_code": part.criterion or part.node,
        "found": found,
        "charts": charts,
        "test": test,
        "left_out": len(found.known) - len(comparable(found)),
        "verdict": verdict_words(test),
        "against": difference_words(
            against_last_year(asked.framework, asked.period, asked.division), asked.period
        )
        if whole
        else "",
    }
    status = 400 if context["problems"] else 200
    return render(request, "assessment/trend.html", context, status=status)


@login_required
def trend_workbook(request: HttpRequest) -> HttpResponse:
    """The months of the page as a workbook."""
    allow(request.user, "assessment.see")  # type: ignore[arg-type]
    asked = asked_for(request)
    part, _problems = _part(request, asked.framework)
    _found, charts = _charts(asked, part)
    return workbook_answer(
        chart_workbook(charts, [*asked.filters, part.name]),
        asked,
        "trend",
        part.criterion or part.node,
    )


def _charts(asked: Asked, part: Part) -> tuple[Trend, list[Chart]]:
    last = last_whole_month(asked.period)
    found = trend(asked.framework, asked.division, part, last=last)
    return found, trend_charts(found, course_words(found))


def _part(request: HttpRequest, framework: Framework) -> tuple[Part, list[str]]:
    """The part that the address names; the whole standard where it names none that exists."""
    whole = Part(name=framework.name)
    code = request.GET.get("part", "")
    if not code:
        return whole, []
    for one in _choices(framework):
        if one.code == code:
            named = f"{one.code} {one.name}"
            if framework.criteria.filter(code=code).exists():
                return Part(criterion=code, name=named), []
            return Part(node=code, name=named), []
    return whole, [_("This standard has no part “%(code)s”") % {"code": code[:40]}]


def _choices(framework: Framework) -> list[Choice]:
    """The standard's nodes and criteria with marks, in reading order."""
    found: list[Choice] = []

    def walk(nodes: list[dict[str, Any]], depth: int) -> None:
        for node in nodes:
            if node.get("weight"):
                found.append(Choice(node["code"], word(node["name"]), depth))
            for one in node.get("criteria") or []:
                if one["rule"]["kind"] != "veto":
                    found.append(Choice(one["code"], word(one["name"]), depth + 1))
            walk(node.get("children") or [], depth + 1)

    walk(framework.document["nodes"], 0)
    return found
