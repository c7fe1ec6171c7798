"""Asking once how the result is, by a message with a link that rates with one tap.

The link holds no code: whoever has it can rate this one report, once, and see nothing else. It
leads to a page with five buttons rather than rating at once, because mail servers open links, too.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from meicheng.engine.workflow import State
from meicheng.notices.actions import write_letter
from meicheng.notices.models import Delivery
from meicheng.organisation.personal import unseal

from .codes import shown
from .models import Report

HOLDS_FOR = timedelta(days=180)
_signer = TimestampSigner(sep=".", salt="meicheng.voices.rate")


def rating_link(report: Report) -> str:
    """Where this report is rated with one tap; "" while the city's own address is not set."""
    address = settings.PUBLIC_ADDRESS.rstrip("/")
    token = _signer.sign(str(report.pk))
    return address + reverse("portal:one-tap", args=[token]) if address else ""


def report_to_rate(token: str) -> Report | None:
    """The report that a link rates; None for a link that was changed or is too old."""
    try:
        key = _signer.unsign(token, max_age=HOLDS_FOR)
    except BadSignature:
        return None
    found = Report.objects.select_related("case__kind", "kind", "division").filter(pk=key)
    return found.first()


def may_be_asked(report: Report) -> bool:
    """Whether she was not asked yet and there is a result to rate."""
    closed = report.case is not None and report.case.state == State.CLOSED
    return closed and report.asked_at is None and report.rating is None


@transaction.atomic
def ask_by_text_message(report: Report) -> bool:
    """Ask whoever left a phone number and no e-mail address; whether she was asked now."""
    report = Report.objects.select_for_update(of=("self",)).select_related("case").get(pk=report.pk)
    link = rating_link(report)
    if not (settings.SMS and link and report.phone_sealed) or report.email_sealed is not None:
        return False
    if not may_be_asked(report):
        return False
    language = report.extra.get("language") or settings.LANGUAGE_CODE
    with override(language):
        said = {"code": shown(report.code), "link": link}
        write_letter(
            address=unseal(bytes(report.phone_sealed)),
            language=language,
            subject=_("Your report %(code)s is done. How is the result? One tap: %(link)s") % said,
            text="",
            key=f"report:{report.pk}:asked",
            channel=Delivery.Channel.SMS,
        )
    report.asked_at = timezone.now()
    report.save(update_fields=["asked_at"])
    return True
