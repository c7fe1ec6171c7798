"""The offer to take back one's last step: kept with the session for as long as it holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest
from django.utils import timezone

from meicheng.cases.actions import MOMENT
from meicheng.cases.models import Case

from .bulk import label_of

KEY = "undo"


@dataclass(frozen=True)
class Offer:
    """A step that may be taken back until a moment, or `why` it cannot."""

    number: str
    label: str
    until: datetime
    why: str = ""

    @property
    def seconds(self) -> int:
        """How long it holds."""
        return max(0, round((self.until - timezone.now()) / timedelta(seconds=1)))


def offer_undo(request: HttpRequest, case: Case, code: str, why: str) -> None:
    """Offer to take back the step that was taken now; `why` says that it cannot be."""
    until = timezone.now() + MOMENT
    request.session[KEY] = {
        "number": case.number, "code": code, "until": until.isoformat(), "why": why,
    }  # fmt: skip


def offered(request: HttpRequest) -> Offer | None:
    """What may be taken back now (no SQL)."""
    kept = request.session.get(KEY)
    if not kept:
        return None
    until = datetime.fromisoformat(kept["until"])
    if until <= timezone.now():
        return None
    return Offer(kept["number"], label_of(kept["code"]), until, kept["why"])


def withdraw_offer(request: HttpRequest) -> None:
    """Offer it no longer: it was taken back, or cannot be."""
    request.session.pop(KEY, None)
