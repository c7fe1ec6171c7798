"""Reading POST requests: who sends, what, where, with which pictures."""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from meicheng.api import keys
from meicheng.files.actions import store_photo
from meicheng.files.models import StoredFile
from meicheng.organisation.models import ApiToken
from meicheng.places.models import Division, Site
from meicheng.portal.limits import connection_of, too_many
from meicheng.standards.models import CaseKind
from meicheng.voices import floods
from meicheng.voices.actions import MOST_PHOTOS, submit_report
from meicheng.voices.answers import Answered, read_answers, with_answers
from meicheng.voices.checking import BadReport, NewReport, check_report, world
from meicheng.voices.models import Report

from .faults import Fault, too_large
from .services import service

DEGREES = re.compile(r"[+-]?\d{1,3}(\.\d{1,15})?", re.ASCII)
ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,60})\](\[\])?")
WEB = re.compile(r"https?://[^\s]{1,480}")
AGAIN = 600  # seconds in which the same words from the same sender are the same request
LONGEST_ADDRESS = 300


@dataclass(frozen=True)
class Place:
    """Where it is: a position, or a division, with the address as it was written."""

    longitude: float | None = None
    latitude: float | None = None
    division: Division | None = None
    address: str = ""


def caller(request: HttpRequest, scope: str, *, needed: bool = False) -> ApiToken | None:
    """Whose api_key was sent, None where none was. Raises `Fault` 403 as the standard has it."""
    key = request.POST.get("api_key", "") or request.GET.get("api_key", "")
    if not key:
        if needed:
            raise Fault(403, _("Send an api_key; the city gives them out"))
        return None
    token = keys.find(key)
    if token is None:
        raise Fault(403, _("This api_key is not known, or holds no longer"))
    if scope not in token.scopes:
        raise Fault(
            403,
            _("The api_key “%(name)s” has no scope %(scope)s")
            % {"name": token.name, "scope": scope},
        )
    keys.count(token)
    return token


def take(request: HttpRequest) -> tuple[Report, bool]:
    """Write what was sent as a report, once; the report, and whether it waits as doubtful.

    Raises `Fault`, `BadReport`, `BadFile`, `BadAnswer` and `NotAllowed`; then no report was written.
    """
    token = caller(request, "reports:write", needed=settings.OPEN311_KEYS)
    form = request.POST
    kind = _kind(form)
    place = _place(form)
    answers = _answers(kind, form)
    said = NewReport(
        source=Report.Source.OPEN311,
        body=form.get("description", ""),
        kind=kind,
        division=place.division,
        address=place.address,
        longitude=place.longitude,
        latitude=place.latitude,
        extra=_beside(form),
    )
    checked = check_report(with_answers(said, kind, answers))
    numbers = _numbers(request, token)
    known = Report.objects.filter(source_system=said.source, external_number__in=numbers)
    found = known.select_related("case").first()
    if found is not None:
        return found, "doubt" in found.extra
    photos = _photos(request)
    doubt = "" if token else _doubt(request)
    report = submit_report(
        checked.said,
        by=token.user if token else None,
        photos=photos,
        phone=form.get("phone", ""),
        email=form.get("email", ""),
        doubt=doubt,
        key=numbers[0],
    )
    return report, bool(doubt)


def _kind(form: QueryDict) -> CaseKind:
    code = form.get("service_code", "").strip()
    if not code:
        raise Fault(400, _("Say a service_code; GET services lists them"))
    return service(code)


def _place(form: QueryDict) -> Place:
    """Where it is. Raises `Fault` 400 where nothing says so, or what does cannot be read."""
    address = form.get("address_string", "").strip()
    if len(address) > LONGEST_ADDRESS:
        said = _("The address has more than %(most)d characters") % {"most": LONGEST_ADDRESS}
        raise Fault(400, said)
    latitude, longitude = form.get("lat", "").strip(), form.get("long", "").strip()
    if latitude or longitude:
        return Place(_degrees("long", longitude), _degrees("lat", latitude), address=address)
    if number := form.get("address_id", "").strip():
        return _known_place(number, address)
    if address:
        return Place(division=_named_in(address), address=address)
    raise Fault(400, _("Say where it is: lat and long, address_string or address_id"))


def _degrees(name: str, said: str) -> float:
    if not DEGREES.fullmatch(said):
        raise Fault(
            400,
            _("%(name)s is “%(value)s”; expected degrees, as 34.21035")
            % {"name": name, "value": said[:40]},
        )
    return float(said)


def _known_place(number: str, address: str) -> Place:
    """The site or the division with this code (1 SQL statement)."""
    site = Site.objects.filter(code=number[:60]).select_related("division").first()
    if site is not None:
        told = address or site.address or site.name_zh
        return Place(site.longitude, site.latitude, site.division, told[:LONGEST_ADDRESS])
    division = world().divisions.find(number)
    if division is None:
        raise Fault(404, _("There is no address_id “%(number)s”") % {"number": number[:60]})
    return Place(division=division, address=address)


def _named_in(address: str) -> Division | None:
    """The deepest division that an address names; the city where it names none."""
    known = world().divisions
    return known.named_in(address) or known.city


def _answers(kind: CaseKind, form: QueryDict) -> list[Answered]:
    """Each attribute that was answered. Raises `BadAnswer`."""
    sent: dict[str, list[str]] = {}
    for name, values in form.lists():
        found = ATTRIBUTE.fullmatch(name)
        if found:
            sent.setdefault(found[1], []).extend(map(str, values))
    return read_answers(kind, sent)


def _beside(form: QueryDict) -> dict[str, str]:
    """What is kept beside the words: an address of pictures, not fetched."""
    media = form.get("media_url", "").strip()
    if media and not WEB.fullmatch(media):
        raise Fault(400, _("media_url has to be one address as https://…"))
    return {"media_url": media} if media else {}


def _photos(request: HttpRequest) -> list[StoredFile]:
    """The pictures of a multipart form, under whatever name. Raises `BadFile` and `BadReport`."""
    uploads = [one for _name, files in request.FILES.lists() for one in files]
    if len(uploads) > MOST_PHOTOS:
        raise BadReport(
            "photos",
            _("%(count)d photographs were sent; at most %(most)d are taken")
            % {"count": len(uploads), "most": MOST_PHOTOS},
        )
    if any((one.size or 0) > settings.UPLOAD_LIMIT for one in uploads):
        raise Fault(413, too_large(settings.UPLOAD_LIMIT))
    stored: dict[int, StoredFile] = {}
    for one in uploads:
        photo = store_photo(cast(BinaryIO, one.file), name=(one.name or "")[:100])
        stored[photo.pk] = photo
    return list(stored.values())


def _numbers(request: HttpRequest, token: ApiToken | None) -> list[str]:
    """What makes the same request the same, now and within the minutes before.

    The standard knows no idempotency key, so that what a client sends again because no answer came
    is known by sender and content. A client that sends an Idempotency-Key is held to it for ever.
    """
    digest = hashlib.sha256()

    def add(*parts: Any) -> None:
        for part in parts:
            data = part if isinstance(part, bytes) else str(part).encode("utf-8", "replace")
            digest.update(len(data).to_bytes(8, "big") + data)

    add(token.pk if token else connection_of(request))
    for name, values in sorted(request.POST.lists()):
        if name != "api_key":
            add(name, *values)
    for _name, files in request.FILES.lists():
        for one in files:
            add(one.size, one.read())
            one.seek(0)
    key = request.headers.get("Idempotency-Key", "").strip()
    if key:
        add("key", key)
        return [f"key-{digest.hexdigest()[:40]}"]
    now = int(time.time()) // AGAIN
    return [f"{digest.hexdigest()[:40]}-{turn}" for turn in (now, now - 1)]


def _doubt(request: HttpRequest) -> str:
    """Why somebody without a key may be a machine; "" where nothing says so."""
    most = settings.REPORTS_PER_HOUR
    many = too_many(request, "report", most)
    device = request.POST.get("device_id", "").strip()
    if device:
        many = floods.too_many(f"device {device[:200]}", "report", most) or many
    if not many:
        return ""
    return _("more than %(most)d in an hour from one connection or device") % {"most": most}
