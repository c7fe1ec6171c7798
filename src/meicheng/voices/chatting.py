"""Reports from messaging apps: what the app's server hands on becomes a report."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from meicheng.files.actions import store_photo
from meicheng.files.models import StoredFile

from .actions import MOST_PHOTOS, report_with_key, submit_report
from .checking import BadReport, NewReport, world
from .floods import doubt_about_sender
from .models import Report
from .taking import pseudonym


@dataclass(frozen=True)
class ChatMessage:
    """What somebody wrote in an app; the position is WGS-84."""

    number: str
    sender: str
    text: str
    longitude: float | None = None
    latitude: float | None = None
    photos: Sequence[str] = ()  # Base64
    links: Sequence[str] = ()  # addresses of pictures: kept, never fetched


def take_chat(said: ChatMessage) -> Report:
    """Take a message as a report; who wrote it is kept as a pseudonym only.

    Without a position it lies where the words name a division, else in the whole city. The same
    number again is the same report. What one sender writes beyond `MEICHENG_REPORTS_PER_DEVICE` in
    an hour waits as doubtful. Raises `BadReport` and `BadFile`; then no report was written.
    """
    found = report_with_key(Report.Source.CHAT, said.number)
    if found is not None:
        return found
    known = world().divisions
    division = None
    if said.longitude is None:
        division = known.named_in(said.text) or known.city
    new = NewReport(
        source=Report.Source.CHAT,
        body=said.text,
        division=division,
        longitude=said.longitude,
        latitude=said.latitude,
        reporter=pseudonym(said.sender, Report.Source.CHAT) if said.sender else "",
        extra={"links": " ".join(said.links)[:2000]} if said.links else {},
    )
    photos = _stored(said.photos)
    # Whom a bridge does not name cannot be told from all others.
    doubt = doubt_about_sender(f"chat {said.sender}") if said.sender else ""
    return submit_report(new, photos=photos, doubt=doubt, key=said.number)


def _stored(photos: Sequence[str]) -> list[StoredFile]:
    if len(photos) > MOST_PHOTOS:
        raise BadReport(
            "photos",
            _("%(count)d photographs were sent; at most %(most)d are taken")
            % {"count": len(photos), "most": MOST_PHOTOS},
        )
    stored = []
    for number, one in enumerate(photos, 1):
        try:
            data = base64.b64decode(one, validate=True)
        except (binascii.Error, ValueError):
            raise BadReport(
                "photos", _("Photograph %(number)d is no Base64") % {"number": number}
            ) from None
        stored.append(store_photo(io.BytesIO(data), by=None, name=f"{number}"))
    return stored
