"""Materials: what is needed, filing a document, reviewing one."""

from __future__ import annotations

import hashlib
import secrets
from datetime import date
from typing import Any, BinaryIO, Literal, cast

from django.http import FileResponse, Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import ConfigDict, Field

from meicheng.files.actions import BadFile, path_of
from meicheng.files.documents import store_document
from meicheng.materials import actions, queries
from meicheng.materials.models import Filing
from meicheng.organisation.models import Unit, User
from meicheng.organisation.permissions import allow
from meicheng.places.time import city_day
from meicheng.standards.models import Item

from .asking import YearText
from .faults import SAID
from .keys import need
from .marks import asked_for
from .once import Answer, once
from .problems import Problem
from .schemas import Problem as ProblemSchema

router = Router()
REFUSED = {404: ProblemSchema, 409: ProblemSchema, 422: ProblemSchema}
PIECE = 1024**2


class NewFiling(Schema):
    """What is said of a document."""

    unit: str = Field(max_length=60, description="The unit's code")
    item: list[str] = Field(min_length=1, max_length=60, description="STANDARD/CRITERION/MATERIAL")
    title: str = Field(max_length=160, pattern=SAID)
    dated: date = Field(description="The day that stands on the document")
    expires: date | None = None
    year: int | None = Field(
        None,
        ge=2000,
        le=2099,
        description="The year reviewed that it is for; this one unless said",
    )
    note: str = Field("", max_length=500)


class Verdict(Schema):
    """A reviewer's word."""

    model_config = ConfigDict(extra="forbid")

    verdict: Literal["accept", "return"]
    items: list[str] = Field([], max_length=60, description="All that it was filed for unless said")
    reason: str = Field("", max_length=500)


@router.get(
    "/materials/{framework}", response=dict[str, Any], summary="The materials of a standard"
)
def materials(
    request: HttpRequest, framework: str, edition: str = "", year: YearText = "", division: str = ""
) -> Any:
    """Every material in the order of the standard and how it stands; this year unless said."""
    allow(need(request, "materials:read"), "materials.see")
    today = city_day(timezone.now())
    asked = asked_for(framework, edition, year or str(today.year), division)
    rows = queries.needed(asked.framework, asked.period, asked.division, today=today)
    return asked.said | {
        "items": [
            {
                "item": row.item.code,
                "criterion": row.criterion.code,
                "material": row.material,
                "units": [unit.code for unit in row.units],
                "state": row.state,
                "filing": row.filing.code if row.filing else None,
            }
            for row in rows
        ]
    }


@router.get("/filings/{code}", response=dict[str, Any], summary="A document that was filed")
def filing(request: HttpRequest, code: str) -> Any:
    """What it is, what it proves, and what was said of it."""
    return filing_json(_find(need(request, "materials:read"), code))


@router.get("/filings/{code}/document", summary="The document itself")
def document(request: HttpRequest, code: str) -> FileResponse:
    """As it was filed."""
    one = _find(need(request, "materials:read"), code)
    return FileResponse(
        path_of(one.file.sha256).open("rb"),
        as_attachment=True,
        filename=one.file_name,
        content_type=one.file.media_type,
    )


@router.post(
    "/filings",
    response={201: dict[str, Any], **REFUSED, 415: ProblemSchema},
    summary="File a document",
)
def file(request: HttpRequest, said: Form[NewFiling], document: File[UploadedFile]) -> Any:
    """File a document once for every material that it proves; it waits for a reviewer."""
    user = need(request, "materials:write")
    allow(user, "materials.file")
    unit = Unit.objects.select_related("division__district").filter(code=said.unit).first()
    if unit is None:
        raise _unknown("unit", said.unit)
    # Before anything is stored: whoever may not file for the unit leaves nothing behind.
    allow(user, "materials.file", division=unit.division, unit=unit)
    found = {item.code: item for item in Item.objects.filter(code__in=said.item)}
    lacking = next((code for code in said.item if code not in found), None)
    if lacking is not None:
        raise _unknown("item", lacking)
    digest = hashlib.sha256(f"{request.path}\n{said.model_dump_json()}".encode())
    while piece := document.read(PIECE):
        digest.update(piece)
    document.seek(0)

    def do() -> Answer:
        try:
            upload = cast(BinaryIO, document.file)
            stored = store_document(upload, by=user, name=document.name or "")
            made = actions.file_material(
                user,
                unit=unit,
                items=list(found.values()),
                file=stored,
                file_name=document.name or "",
                title=said.title,
                dated=said.dated,
                expires=said.expires,
                year=said.year,
                note=said.note,
                key=secrets.token_hex(12),  # `once` keeps the caller's own
            )
        except BadFile as problem:
            raise Problem(415, str(problem), [("document", str(problem))]) from None
        except actions.BadMaterial as problem:
            raise Problem(409, str(problem)) from None
        return Status(201, {"code": made.code})

    return once(request, user, do, digest=digest.hexdigest())


@router.post(
    "/filings/{code}/review",
    response={200: dict[str, Any], **REFUSED},
    summary="Accept a document or return it",
)
def review(request: HttpRequest, code: str, said: Verdict) -> Any:
    """The word of somebody else than who filed it; a return says why."""
    user = need(request, "materials:write")
    one = _find(user, code)
    uses = list(one.uses.select_related("item"))
    wanted = set(said.items) or {use.item.code for use in uses}
    items = list(Item.objects.filter(code__in=wanted))
    if len(items) < len(wanted):
        raise _unknown("items", sorted(wanted - {item.code for item in items})[0])

    def do() -> Answer:
        try:
            done = actions.review(
                user, one, items, accept=said.verdict == "accept", reason=said.reason
            )
        except actions.BadMaterial as problem:
            raise Problem(409, str(problem)) from None
        return Status(200, filing_json(done))

    return once(request, user, do)


def filing_json(one: Filing) -> dict[str, Any]:
    """A filing as the API writes it."""
    return {
        "code": one.code,
        "title": one.title,
        "unit": one.unit.code,
        "division": one.division.code,
        "dated": str(one.dated),
        "expires": str(one.expires) if one.expires else None,
        "sha256": one.file.sha256,
        "size": one.file.size,
        "withdrawn": one.withdrawn_at is not None,
        "uses": [
            {"item": use.item.code, "state": use.state, "reason": use.reason}
            for use in one.uses.select_related("item")
        ],
    }


def _find(user: User, code: str) -> Filing:
    allow(user, "materials.see")
    one = queries.filings_seen(user).filter(code=code).first()
    if one is None:
        raise Http404(_("There is nothing with the code “%(code)s”") % {"code": code[:40]})
    return one


def _unknown(field: str, code: str) -> Problem:
    said = _("There is nothing with the code “%(code)s”") % {"code": code[:60]}
    return Problem(404, said, [(field, said)])
