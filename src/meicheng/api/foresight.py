"""What may come and what would help: mock assessments, what if, the next steps."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from meicheng.assessment.mocks import MOST, least_numbers, mock_of
from meicheng.assessment.queries import as_json
from meicheng.assessment.steps import next_steps
from meicheng.assessment.whatif import NotSupposed, read_changes, what_if
from meicheng.engine.planning import Limits
from meicheng.organisation.permissions import allow

from .asking import PeriodText
from .keys import need
from .marks import asked_for
from .problems import Problem
from .tags import tagged

router = Router()
KindOfSites = Annotated[str, Field(pattern=r"^[^\x00:]+:(2000|1?[0-9]{1,3})$")]  # at most MOST


@router.get("/marks/{framework}/mock", summary="What would come out if assessors drew sites today")
def mock(
    request: HttpRequest,
    framework: str,
    edition: str = "",
    period: PeriodText = "",
    division: str = "",
    sites: int | None = Query(None, ge=0, le=MOST),
    take: Query[list[KindOfSites]] = [],  # noqa: B006 - the framework copies it
) -> HttpResponse:
    """10,000 draws of `sites` sites (the published least number unless said), or of `take`.

    `take=back-lane:5` says how many of a kind; kinds that are not named then have none. `mock` is
    null where nothing is known.
    """
    allow(need(request, "marks:read"), "assessment.see")
    asked = asked_for(framework, edition, period, division)
    total = least_numbers()[1] if sites is None else sites
    wished = dict(_taken(one) for one in take)
    found = mock_of(asked.framework, asked.period, asked.division, total=total, wished=wished)
    return tagged(
        request,
        asked.said
        | {
            "plan": [{"kind": one.code, "sites": one.take, "seen": one.seen} for one in found.plan],
            "needed": found.needed,
            "mock": asdict(found.mock) if found.mock else None,
        },
    )


@router.get("/marks/{framework}/what-if", summary="The marks if something were otherwise")
def supposed(
    request: HttpRequest,
    framework: str,
    edition: str = "",
    period: PeriodText = "",
    division: str = "",
    change: Query[list[str]] = [],  # noqa: B006 - the framework copies it
) -> HttpResponse:
    """The marks as they are and as they would be, each as `/marks/{framework}` says them.

    `change=3.1.1=90` supposes a share of 90 per cent, a figure or a number of problems;
    `change=1.1=plan+report` the materials that are accepted; `change=V1=1` that an event occurred.
    """
    allow(need(request, "marks:read"), "assessment.see")
    asked = asked_for(framework, edition, period, division)
    rules = {one.code: one.rule["kind"] for one in asked.framework.criteria.all()}
    given: dict[str, list[str]] = {}
    for one in change:
        code, _equals, value = one.partition("=")
        if rules.get(code) == "materials":
            given[f"m:{code}"] = ["-", *value.split("+")]
        else:
            given[f"c:{code}"] = [value]
    try:
        changes = read_changes(asked.framework, given)
        found = what_if(asked.framework, asked.period, asked.division, changes)
    except NotSupposed as problem:
        faults = [("change", line) for line in str(problem).splitlines()]
        raise Problem(409, faults[0][1], faults) from None
    where = (asked.framework, asked.period, asked.division)
    return tagged(
        request, {"before": as_json(*where, found.before), "after": as_json(*where, found.after)}
    )


@router.get("/marks/{framework}/next-steps", summary="The measures that pay most within limits")
def steps(
    request: HttpRequest,
    framework: str,
    edition: str = "",
    period: PeriodText = "",
    division: str = "",
    effort: float = Query(100.0, ge=0, le=1_000_000),
    unit_effort: float | None = Query(None, ge=0, le=1_000_000),
    days: float | None = Query(None, ge=0, le=1_000_000),
) -> HttpResponse:
    """The plan for `effort` person-days in all and of each unit, done within `days`.

    Its gain is that of all measures scored together; `greedy` is what choosing from the top of a
    list by marks for a person-day would gain.
    """
    allow(need(request, "marks:read"), "assessment.see")
    asked = asked_for(framework, edition, period, division)
    limits = Limits(effort, unit_effort, {}, days)
    found = next_steps(asked.framework, asked.period, asked.division, limits)
    return tagged(
        request,
        asked.said
        | {
            "marks": found.steps.before.marks,
            "marks_after": found.after.marks,
            "gain": found.gain.marks if found.gain else None,
            "interval": list(found.gain.interval) if found.gain and found.gain.interval else None,
            "proven": found.plan.proven,
            "effort": found.plan.effort,
            "greedy": {"gain": found.greedy.gain, "effort": found.greedy.effort},
            "measures": [
                {
                    "code": one.measure.code,
                    "name": one.what,
                    "division": one.district.code if one.district else None,
                    "unit": one.unit.code if one.unit else None,
                    "criterion": one.criterion,
                    "item": one.item or None,
                    "places": one.places,
                    "effort": one.measure.effort,
                    "days": one.measure.days,
                    "gain": one.measure.gain,
                }
                for one in found.chosen
            ],
        },
    )


def _taken(words: str) -> tuple[str, int]:
    kind, _colon, count = words.rpartition(":")
    return kind, int(count)
