"""Divisions, sites and units."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router

from meicheng.organisation.models import Unit
from meicheng.organisation.permissions import allow, scope
from meicheng.places.models import Division, Site
from meicheng.standards.asking import questions_of
from meicheng.standards.models import CaseKind

from .keys import need
from .paging import by_code, told
from .schemas import DivisionPage, KindList, Page, SitePage, UnitPage
from .tags import tagged

router = Router()


@router.get("/divisions", response=DivisionPage, summary="Divisions in the order of their codes")
def divisions(
    request: HttpRequest,
    response: HttpResponse,
    page: Query[Page],
    level: str = "",
    parent: str = "",
    outline: bool = False,
) -> Any:
    """The city, its districts, subdistricts and communities; outlines (GeoJSON) when asked for."""
    need(request, "divisions:read")
    rows = Division.objects.select_related("parent")
    if not outline:
        rows = rows.defer("outline", "parent__outline")
    if level:
        rows = rows.filter(level=level)
    if parent:
        rows = rows.filter(parent__code=parent)
    found, cursor = by_code(rows, limit=page.limit, cursor=page.cursor)
    return told(request, response, found, cursor, lambda one: division_json(one, outline=outline))


@router.get("/divisions/{code}", summary="One division with its outline")
def division(request: HttpRequest, code: str) -> HttpResponse:
    """One division; answers 304 to whoever has it."""
    need(request, "divisions:read")
    found = Division.objects.select_related("parent").filter(code=code).first()
    if found is None:
        raise Http404(_("There is no division “%(code)s”") % {"code": code[:60]})
    return tagged(request, division_json(found, outline=True))


@router.get("/sites", response=SitePage, summary="Sites in the order of their codes")
def sites(
    request: HttpRequest,
    response: HttpResponse,
    page: Query[Page],
    kind: str = "",
    division: str = "",
) -> Any:
    """The sites that the caller's roles reach, narrowed by kind and division."""
    user = need(request, "sites:read")
    rows = Site.objects.filter(scope(user, "places.see").filter(division="division"))
    rows = rows.select_related("division").defer("division__outline")
    if kind:
        rows = rows.filter(kind=kind)
    if division:
        path = Division.objects.filter(code=division).values_list("path", flat=True).first()
        rows = rows.filter(division__path__startswith=path or "-")
    found, cursor = by_code(rows, limit=page.limit, cursor=page.cursor)
    return told(request, response, found, cursor, site_json)


@router.get("/sites/{path:code}", summary="One site")
def site(request: HttpRequest, code: str) -> HttpResponse:
    """One site; answers 304 to whoever has it."""
    user = need(request, "sites:read")
    found = Site.objects.select_related("division").filter(code=code).first()
    if found is None:
        raise Http404(_("No site has the code %(code)s") % {"code": code[:60]})
    allow(user, "places.see", division=found.division)
    return tagged(request, site_json(found))


@router.get("/units", response=UnitPage, summary="Units in the order of their codes")
def units(
    request: HttpRequest,
    response: HttpResponse,
    page: Query[Page],
    role: str = "",
    division: str = "",
) -> Any:
    """Bureaus, branches and crews, with what they answer for."""
    need(request, "units:read")
    rows = Unit.objects.select_related("division", "parent").defer("division__outline")
    if role:
        rows = rows.filter(role=role)
    if division:
        rows = rows.filter(division__code=division)
    found, cursor = by_code(rows, limit=page.limit, cursor=page.cursor)
    return told(request, response, found, cursor, unit_json)


@router.get("/units/{code}", summary="One unit")
def unit(request: HttpRequest, code: str) -> HttpResponse:
    """One unit; answers 304 to whoever has it."""
    need(request, "units:read")
    found = Unit.objects.select_related("division", "parent").filter(code=code).first()
    if found is None:
        raise Http404(_("No unit has the code %(code)s") % {"code": code[:60]})
    return tagged(request, unit_json(found))


@router.get("/kinds", response=KindList, summary="The kinds of cases, and what each asks")
def kinds(request: HttpRequest) -> Any:
    """Every kind in use in the city's order; any token reads them. `asks` is answered by `answers`."""
    return {"items": [_kind_json(kind) for kind in CaseKind.objects.filter(active=True)]}


def _kind_json(kind: CaseKind) -> dict[str, Any]:
    return {
        "code": kind.code,
        "name": {"zh": kind.name_zh, "en": kind.name_en},
        "group": kind.group,
        "asks": [
            {
                "code": one.code,
                "type": one.type,
                "question": {"zh": one.words.zh, "en": one.words.en},
                "required": one.required,
                "values": [
                    {"key": key, "name": {"zh": words.zh, "en": words.en}}
                    for key, words in one.values
                ],
            }
            for one in questions_of(kind)
        ],
    }


def division_json(one: Division, *, outline: bool) -> dict[str, Any]:
    """A division as the API writes it."""
    told_of = {
        "code": one.code,
        "name": {"zh": one.name_zh, "en": one.name_en},
        "level": one.level,
        "parent": one.parent.code if one.parent else None,
        "population": one.population,
    }
    return {**told_of, "outline": one.outline} if outline else told_of


def site_json(one: Site) -> dict[str, Any]:
    """A site as the API writes it."""
    return {
        "code": one.code,
        "name": {"zh": one.name_zh, "en": one.name_en},
        "kind": one.kind_id,
        "division": one.division.code,
        "longitude": one.longitude,
        "latitude": one.latitude,
        "address": one.address,
        "hours": one.hours,
        "active": one.active,
    }


def unit_json(one: Unit) -> dict[str, Any]:
    """A unit as the API writes it."""
    return {
        "code": one.code,
        "name": {"zh": one.name_zh, "en": one.name_en},
        "role": one.role_id,
        "division": one.division.code,
        "parent": one.parent.code if one.parent else None,
        "active": one.active,
    }
