"""The calls of the standard, each a few lines: read, look or write, answer in the format asked."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from meicheng.api.paging import BULK
from meicheng.cases.models import CasePhoto
from meicheng.engine.workflow import State
from meicheng.organisation.permissions import Scope, allow, scope
from meicheng.portal.limits import too_many
from meicheng.proofs.public import public_jpeg
from meicheng.tables import exports
from meicheng.voices.codes import read_code, shown
from meicheng.voices.models import Report

from .asking import read_asked
from .faults import Fault, door, fault
from .looking import Asked, public_cases, request_page, request_rows
from .services import definition_row, service, service_row, services
from .taking import caller, take
from .writing import written, written_one

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
CHANGED = "2026-11-25T00:00:00+08:00"  # when the calls last changed


@door("GET")
def discovery(request: HttpRequest, form: str) -> HttpResponse:
    """Where the calls are, in which formats, and how one gets a key."""
    name = {"zh": settings.CITY_NAME_ZH, "en": settings.CITY_NAME_EN}
    city = name["zh" if getattr(request, "LANGUAGE_CODE", "zh").startswith("zh") else "en"]
    return written_one(
        form,
        "discovery",
        {
            "changeset": CHANGED,
            "contact": _("%(city)s, %(portal)s")
            % {"city": city, "portal": request.build_absolute_uri(reverse("portal:report"))},
            "key_service": _("Keys are given out by the city; reports need one: %(needed)s")
            % {"needed": _("yes") if settings.OPEN311_KEYS else _("no")},
            "endpoints": [
                {
                    "specification": SPECIFICATION,
                    "url": request.build_absolute_uri("/open311/v2"),
                    "changeset": CHANGED,
                    "type": "test" if settings.DEBUG else "production",
                    "formats": ["text/xml", "application/json"],
                }
            ],
        },
    )


@door("GET")
def service_list(_request: HttpRequest, form: str) -> HttpResponse:
    """GET services."""
    return written(form, "services", "service", [service_row(kind) for kind in services()])


@door("GET")
def service_definition(_request: HttpRequest, form: str, code: str) -> HttpResponse:
    """GET services/CODE."""
    return written_one(form, "service_definition", definition_row(service(code)))


@door("GET", "POST")
def requests(request: HttpRequest, form: str) -> HttpResponse:
    """GET requests, and POST requests."""
    return _taken(request, form) if request.method == "POST" else _listed(request, form)


@door("GET")
def one_request(request: HttpRequest, form: str, number: str) -> HttpResponse:
    """GET requests/ID."""
    found, _more = request_page(Asked(numbers=(number,)))
    if not found:
        raise Fault(404, _("There is no service_request_id “%(id)s”") % {"id": number[:60]})
    rows = request_rows(found, request, _reader(request))
    return written(form, "service_requests", "request", rows)


@door("GET")
def token(request: HttpRequest, form: str, token: str) -> HttpResponse:
    """GET tokens/TOKEN: the request's number once somebody has looked at it."""
    code = read_code(token)
    found = Report.objects.select_related("case").filter(code=code).first() if code else None
    if found is None:
        if too_many(request, "code", settings.CODES_PER_HOUR):
            raise Fault(429, _("Too many codes from this connection; try again in an hour."))
        raise Fault(404, _("There is no token “%(token)s”") % {"token": token[:60]})
    waits = "doubt" in found.extra and found.case and found.case.state == State.REPORTED
    number = found.case.number if found.case and not waits else None
    row = {"service_request_id": number, "token": found.code}
    return written(form, "service_requests", "request", [row])


def media(_request: HttpRequest, number: int) -> HttpResponse:
    """A picture of what was reported, once faces and plates in it are hidden and it is released."""
    photo = CasePhoto.objects.select_related("file").filter(
        pk=number, moment="before", case__in=public_cases()
    )
    found = photo.first()
    content = public_jpeg(found.file) if found else None
    if content is None:
        return fault("json", 404, _("There is no such photograph"))
    answer = HttpResponse(content, content_type="image/jpeg")
    answer["Cache-Control"] = "public, no-cache"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@door("GET", "POST")
def nothing(_request: HttpRequest, form: str) -> HttpResponse:
    """Any other address."""
    raise Http404(_("There is nothing at this address; addresses end in .json or .xml"))


def elsewhere(request: HttpRequest, rest: str) -> HttpResponse:
    """Any other address, answered in the format that its end names."""
    return nothing(request, "xml" if rest.endswith(".xml") else "json")


elsewhere.csrf_exempt = True  # type: ignore[attr-defined]


def _taken(request: HttpRequest, form: str) -> HttpResponse:
    report, waits = take(request)
    code = shown(report.code)
    row: dict[str, Any] = {}
    if waits:
        row["token"] = report.code
        row["service_notice"] = _(
            "Somebody looks at it first; its number is at tokens/%(code)s then"
        ) % {"code": report.code}
    else:
        row["service_request_id"] = report.case.number if report.case else None
        row["service_notice"] = _("Follow it and rate the result on the portal by %(code)s") % {
            "code": code
        }
    row["account_id"] = None
    return written(form, "service_requests", "request", [row], 201)


def _listed(request: HttpRequest, form: str) -> HttpResponse:
    asked = read_asked(request.GET)
    reader = _reader(request)
    found, more = request_page(asked)
    if reader is not None and (len(found) > BULK or asked.page > 1):
        exports.note(
            exports.Export(
                door=request.path,
                file="Open311 requests",
                by=request.user,
                filters={name: v for name, v in request.GET.items() if name != "api_key"},
                rows=len(found),
            )
        )
    answer = written(form, "service_requests", "request", request_rows(found, request, reader))
    pages = {"first": 1, "prev": asked.page - 1, "next": asked.page + 1 if more else 0}
    links = []
    for rel, page in pages.items():
        if page and page != asked.page:
            query = request.GET.copy()
            query.pop("api_key", None)
            query["page"] = str(page)
            links.append(
                f'<{request.build_absolute_uri(request.path)}?{query.urlencode()}>; rel="{rel}"'
            )
    if links:
        answer["Link"] = ", ".join(links)
    return answer


def _reader(request: HttpRequest) -> Scope | None:
    """Where whoever sent an api_key may read reports; None for the public."""
    held = caller(request, "reports:read")
    if held is None:
        return None
    allow(held.user, "reports.see")
    request.user = held.user
    return scope(held.user, "reports.see")
