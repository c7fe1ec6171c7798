"""Parts of a page that come from another room than the page itself."""

from __future__ import annotations

from typing import Any

from django import template
from django.db.models import Avg
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from shapely.geometry import shape

from meicheng.cases.models import Case, CasePhoto
from meicheng.cases.queries.filters import SOURCES
from meicheng.engine.space import distance_m
from meicheng.organisation.models import User
from meicheng.organisation.permissions import may
from meicheng.places.models import Division, Site
from meicheng.proofs.models import Question
from meicheng.proofs.queries import questions_of, said
from meicheng.standards.models import CaseKind
from meicheng.voices.models import Report

register = template.Library()
MOST_REPORTS = 20


@register.inclusion_tag("console/citizens_words.html", takes_context=True)
def citizens_words(context: dict[str, Any], case: Case) -> dict[str, Any]:
    """What citizens wrote about a case, with masked numbers, to whom may see it (1 SQL statement)."""
    user = context["request"].user
    if not isinstance(user, User) or not may(user, "reports.see", division=case.division):
        return {"reports": [], "more": 0}
    found = list(Report.objects.filter(case=case).order_by("reported_at", "pk")[: MOST_REPORTS + 1])
    more = max(0, case.reports_count - MOST_REPORTS) if len(found) > MOST_REPORTS else 0
    return {"reports": found[:MOST_REPORTS], "more": more, "description": case.description}


@register.inclusion_tag("console/photograph.html", takes_context=True)
def photograph(context: dict[str, Any], photo: CasePhoto, case: Case) -> dict[str, Any]:
    """A photograph of a case with when, by whom and how far from the place it was taken.

    With it stands what is asked about it (at most 3 SQL statements for all photographs of a page).
    """
    user = context["request"].user
    asked = context.render_context.get("proofs") if hasattr(context, "render_context") else None
    if asked is None:
        asked = questions_of(case)
        if hasattr(context, "render_context"):
            context.render_context["proofs"] = asked
    questions = asked.get((photo.file_id, photo.moment))
    file = photo.file
    distance = None
    four = (case.longitude, case.latitude, file.longitude, file.latitude)
    known = [one for one in four if one is not None]
    if len(known) == 4:
        distance = round(distance_m(*known))
    open_ones = [one for one in questions or [] if one.state != Question.State.FINE]
    return {
        "photo": photo,
        "at": file.taken_at or photo.added_at,
        "distance": distance,
        "asked": [(one, said(one)) for one in open_ones],
        "fits": questions is not None
        and not open_ones
        and file.taken_at is not None
        and distance is not None,
        "may_ask": isinstance(user, User) and may(user, "proofs.see", division=case.division),
        "may_hide": isinstance(user, User) and may(user, "proofs.hide", division=case.division),
        "looked_at": questions is not None,
    }


@register.simple_tag
def source_label(code: str) -> str:
    """What a source of cases is called."""
    return str(SOURCES.get(code, code))


@register.simple_tag
def closes_when(kind: CaseKind) -> str:
    """What must hold for a case of this kind to be closed, in the reader's language."""
    english = (get_language() or "").startswith("en")
    return (kind.closes_when_en if english else "") or kind.closes_when_zh or "—"


@register.filter
def unlocalised(value: float | None) -> SafeString:
    """A number as machines write it, in every language."""
    return format_html("{}", "" if value is None else f"{value:.6f}")


@register.simple_tag
def city_middle() -> SafeString:
    """Where a map of the city begins: the middle of its outline, or of its sites (≤ 2 SQL)."""
    middle = _middle()
    if middle is None:
        return SafeString("")
    return format_html('data-lon="{}" data-lat="{}"', f"{middle[0]:.5f}", f"{middle[1]:.5f}")


def _middle() -> tuple[float, float] | None:
    top = Division.objects.filter(parent=None).first()
    if top is not None and top.outline:
        west, south, east, north = shape(top.outline).bounds
        return (west + east) / 2, (south + north) / 2
    found = Site.objects.aggregate(lon=Avg("longitude"), lat=Avg("latitude"))
    return None if found["lon"] is None else (found["lon"], found["lat"])
