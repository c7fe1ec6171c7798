"""Service requests as anybody may read them: what, where, how far; nobody's name or number.

A service request is a case that people or other systems reported. Its words are shown when it was
sent through this standard, which says that they are public, and somebody at the desk has read and
registered it; to a key that may read reports they are shown at once. Numbers, plates and names are
masked in either case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from meicheng.cases.models import SPOKEN, Case, CasePhoto
from meicheng.engine.text import mask_personal
from meicheng.engine.workflow import State
from meicheng.organisation.permissions import Scope
from meicheng.portal.state import WORKING, headline
from meicheng.proofs.models import PublicPicture
from meicheng.standards.models import CaseKind
from meicheng.voices.models import Report

from .writing import w3

ENDED = ["closed", "turned_down", "withdrawn"]
UNREAD = {State.REPORTED, State.TURNED_DOWN}
SPAN = timedelta(days=90)
MOST = 1000
LONGEST = 4000  # characters of a description


@dataclass(frozen=True)
class Asked:
    """Which requests are asked for."""

    numbers: tuple[str, ...] = ()
    kinds: tuple[CaseKind, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    closed: bool | None = None
    page: int = 1
    size: int = MOST


def public_cases() -> QuerySet[Case]:
    """The cases that the public may see: no staff's own, no doubtful ones before they are read."""
    doubtful = Report.objects.filter(case=OuterRef("pk"), extra__doubt__isnull=False)
    return Case.objects.filter(source__in=SPOKEN).exclude(Q(Exists(doubtful), state="reported"))


def request_page(asked: Asked) -> tuple[list[Case], bool]:
    """A page of requests, the newest first, and whether there are more (1 SQL statement)."""
    found = public_cases()
    if asked.numbers:
        found = found.filter(number__in=asked.numbers)
    else:
        if asked.kinds:
            found = found.filter(kind__in=asked.kinds)
        if asked.since is not None:
            found = found.filter(reported_at__gte=asked.since)
        if asked.until is not None:
            found = found.filter(reported_at__lte=asked.until)
        if asked.closed is not None:
            ended = Q(state__in=ENDED) | Q(state="joined", joined_to__state__in=ENDED)
            found = found.filter(ended if asked.closed else ~ended)
    start = (asked.page - 1) * asked.size
    rows = list(whole(found.order_by("-reported_at", "-pk"))[start : start + asked.size + 1])
    return rows[: asked.size], len(rows) > asked.size


def whole(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Cases with all that is told of them."""
    return cases.select_related(
        "kind", "unit", "division", "site", "joined_to__unit", "joined_to__kind"
    ).defer("division__outline")


def request_rows(
    cases: Sequence[Case], request: HttpRequest, reader: Scope | None
) -> list[dict[str, Any]]:
    """What is told of each (1 SQL statement). `reader` is where a key may read reports."""
    pictures = _pictures([case.pk for case in cases])
    return [_row(case, request, reader, pictures.get(case.pk)) for case in cases]


def _row(
    case: Case, request: HttpRequest, reader: Scope | None, picture: int | None
) -> dict[str, Any]:
    now = case.joined_to if case.state == State.JOINED and case.joined_to else case
    state = State(now.state)
    closed = state in ENDED
    told = _may_read(case, reader)
    address = mask_personal(case.address) if told else ""
    unit = now.unit if now.unit and state != State.SENT_BACK else None
    return {
        "service_request_id": case.number,
        "status": "closed" if closed else "open",
        "status_notes": _notes(case, now, state, told),
        "service_name": case.kind.name,
        "service_code": case.kind.code,
        "description": mask_personal(case.description)[:LONGEST] if told else None,
        "agency_responsible": unit.name if unit else None,
        "service_notice": None,
        "requested_datetime": w3(case.reported_at),
        "updated_datetime": w3(now.closed_at if closed and now.closed_at else now.updated_at),
        "expected_datetime": w3(now.due_at) if state in WORKING else None,
        "address": address or case.division.name,
        "address_id": case.site.code if case.site else case.division.code,
        "zipcode": None,
        "lat": case.latitude,
        "long": case.longitude,
        "media_url": request.build_absolute_uri(f"/open311/v2/media/{picture}.jpg")
        if picture
        else None,
    }


def _may_read(case: Case, reader: Scope | None) -> bool:
    if reader is not None and reader.covers(division=case.division):
        return True
    return case.source == Report.Source.OPEN311 and State(case.state) not in UNREAD


def _notes(case: Case, now: Case, state: State, told: bool) -> str:
    """How far it is, in the words of the portal, and what came of it where that may be told."""
    words = headline(state)
    if now is not case:
        words = _("Joined to %(number)s. %(words)s") % {"number": now.number, "words": words}
    outcome = mask_personal(now.outcome, landlines=False) if told and state in ENDED else ""
    return f"{words} {outcome}".strip()


def _pictures(cases: list[int]) -> dict[int, int]:
    """The first released picture of what was reported, by case (1 SQL statement)."""
    ready = PublicPicture.objects.filter(file=OuterRef("file"), state=PublicPicture.State.READY)
    photos = CasePhoto.objects.filter(Exists(ready), case__in=cases, moment="before")
    found: dict[int, int] = {}
    for case, photo in photos.order_by("added_at", "pk").values_list("case", "pk"):
        found.setdefault(case, photo)
    return found
