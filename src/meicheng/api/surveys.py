"""Surveys: all waves, and one with its response and, once closed, its figures."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router

from meicheng.organisation.permissions import allow
from meicheng.places.time import city_day
from meicheng.surveys import queries
from meicheng.surveys.models import Wave
from meicheng.surveys.questions import INDEXES

from .keys import need
from .paging import by_code, told
from .schemas import Page

router = Router()


@router.get("/surveys", response=dict[str, Any], summary="Waves of surveys")
def surveys(request: HttpRequest, response: HttpResponse, page: Query[Page]) -> Any:
    """All waves, by code."""
    user = need(request, "surveys:read")
    allow(user, "surveys.see")
    rows = Wave.objects.select_related("questionnaire", "division").defer("frame", "results")
    found, cursor = by_code(rows, limit=page.limit, cursor=page.cursor)
    return told(request, response, found, cursor, wave_json)


@router.get("/surveys/{code}", response=dict[str, Any], summary="One wave with its figures")
def one_survey(request: HttpRequest, code: str) -> Any:
    """A wave with its response by stratum; figures once it is closed, none of small groups."""
    user = need(request, "surveys:read")
    allow(user, "surveys.see")
    rows = Wave.objects.select_related("questionnaire", "division").defer("frame")
    wave = rows.filter(code=code).first()
    if wave is None:
        raise Http404(_("There is no wave %(code)s") % {"code": code[:40]})
    return {
        **wave_json(wave),
        "seed": wave.seed,
        "frame_hash": wave.frame_hash,
        "strata": [
            {
                "stratum": line.cells[0].stratum,
                "population": line.population,
                "asked": line.asked,
                "answered": line.answered,
                "refused": line.refused,
                "not_reached": line.not_reached,
            }
            for line in queries.progress(queries.cells_of(wave))
        ],
        "results": wave.results,
    }


@router.get("/indexes/{index}", response=dict[str, Any], summary="An index by community")
def index(request: HttpRequest, index: str) -> Any:
    """The latest index of happiness or impression, of the city and by community, from 0 to 1."""
    user = need(request, "surveys:read")
    allow(user, "surveys.see")
    found = queries.latest_with(index) if index in INDEXES else None
    if found is None:
        raise Http404(_("There is no index %(code)s") % {"code": index[:40]})
    wave, figures = found
    return {"survey": wave.code, "closes": wave.closes, **figures}


def wave_json(one: Wave) -> dict[str, Any]:
    """A wave as the API writes it."""
    return {
        "code": one.code,
        "title": one.title,
        "questionnaire": one.questionnaire.code,
        "version": one.questionnaire.version,
        "division": one.division.code,
        "audience": one.audience,
        "opens": one.opens,
        "closes": one.closes,
        "state": one.state(city_day(timezone.now())),
        "asked": one.asked,
    }
