"""Marks of a place in a period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router

from meicheng.assessment.periods import Period, current_period, parse_period
from meicheng.assessment.queries import as_json, assess, frameworks, root
from meicheng.organisation.permissions import allow
from meicheng.places.models import Division
from meicheng.standards.models import Framework

from .asking import PeriodText
from .keys import need
from .problems import Problem
from .tags import tagged

router = Router()


@router.get("/marks", response=dict[str, Any], summary="The standards that places are marked under")
def standards(request: HttpRequest) -> Any:
    """Every edition with its code, names and full marks."""
    user = need(request, "marks:read")
    allow(user, "assessment.see")
    return {
        "items": [
            {
                "framework": one.code,
                "edition": one.edition,
                "name": {"zh": one.name_zh, "en": one.name_en},
            }
            for one in frameworks()
        ]
    }


@router.get("/marks/{framework}", summary="Marks of a place in a period under a standard")
def marks(
    request: HttpRequest,
    framework: str,
    edition: str = "",
    period: PeriodText = "",
    division: str = "",
) -> HttpResponse:
    """As `meicheng assess FRAMEWORK --json` prints them; the whole city and quarter unless said."""
    user = need(request, "marks:read")
    allow(user, "assessment.see")
    asked = asked_for(framework, edition, period, division)
    where = (asked.framework, asked.period, asked.division)
    return tagged(request, as_json(*where, assess(*where)))


@dataclass(frozen=True)
class Asked:
    """Standard, period and place of a question."""

    framework: Framework
    period: Period
    division: Division

    @property
    def said(self) -> dict[str, Any]:
        """The question as an answer repeats it."""
        return {
            "framework": self.framework.code,
            "edition": self.framework.edition,
            "period": self.period.text,
            "division": self.division.code,
        }


def asked_for(framework: str, edition: str, period: str, division: str) -> Asked:
    """What a question names; the newest edition, running quarter and whole city unless said.

    Raises `Http404` for a standard, and `Problem` 404 for a period or division, that is none.
    """
    rows = Framework.objects.filter(code=framework)
    found = (rows.filter(edition=edition) if edition else rows.order_by("-edition")).first()
    if found is None:
        raise Http404(_("There is no standard “%(code)s”") % {"code": framework[:60]})
    try:
        asked = parse_period(period) if period else current_period()
    except ValueError as problem:
        raise Problem(404, str(problem), [("period", str(problem))]) from None
    place = Division.objects.filter(code=division).first() if division else root()
    if place is None:
        said = _("There is no division “%(code)s”") % {"code": division[:60]}
        raise Problem(404, said, [("division", said)])
    return Asked(found, asked, place)
