"""What follows from an answered report: whoever left an e-mail address is written to.

The mail holds what the staff wrote and nothing that came in with the report: nobody can use the
portal to send words of his own to somebody else's address.
"""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from meicheng.cases.actions.undoing import MOMENT
from meicheng.engine.workflow import State
from meicheng.ledger.followers import follow
from meicheng.ledger.models import Event
from meicheng.notices.actions import write_letter
from meicheng.organisation.personal import unseal

from .asking import ask_by_text_message, may_be_asked, rating_link
from .codes import shown
from .following import letter_key
from .models import Report


@follow("voices.mail", ["answered", "close", "turn_down", "withdraw", "join"], after=MOMENT)
def tell_by_mail(event: Event) -> None:
    """Write each answer once to those who left an e-mail address; nothing where no mail is set up.

    It waits for the moment in which the step that answers may be taken back.
    The letter goes into the outbox, which sends it when the mail server is there.
    """
    if not settings.MAIL:
        return
    what, _colon, key = event.chain.partition(":")
    if what == "report":
        whose = Q(pk=key)
    elif what == "case":
        # The reports of a case that was joined have moved to the one that stays.
        whose = Q(case=key) | Q(case__joined_cases=key)
    else:
        return
    answered = Report.objects.filter(whose, email_sealed__isnull=False, replied_at__isnull=False)
    for report in answered.select_related("division", "case").distinct():
        _tell(report)


@follow("voices.ask", ["close", "join"], after=MOMENT)
def ask_for_a_rating(event: Event) -> None:
    """Ask those who left a phone number only, once, by a text message with one tap."""
    what, _colon, key = event.chain.partition(":")
    if what != "case" or not settings.SMS:
        return
    whose = Q(case=key) | Q(case__joined_cases=key)
    silent = Report.objects.filter(whose, asked_at=None, rating=None, case__state=State.CLOSED)
    for report in silent.exclude(phone_digest="").distinct():
        ask_by_text_message(report)


@transaction.atomic
def _tell(report: Report) -> None:
    assert report.email_sealed is not None  # both are asked for above
    assert report.replied_at is not None
    asks = may_be_asked(report)
    language = report.extra.get("language") or settings.LANGUAGE_CODE
    with override(language):
        letter = write_letter(
            address=unseal(bytes(report.email_sealed)),
            language=language,
            subject=_("Your report %(code)s has been answered") % {"code": shown(report.code)},
            text=_words(report, asks=asks),
            key=letter_key(report),
        )
    if letter is not None and asks:
        report.asked_at = timezone.now()
        report.save(update_fields=["asked_at"])


def _words(report: Report, *, asks: bool) -> str:
    address = settings.PUBLIC_ADDRESS.rstrip("/")
    lines = [report.reply, ""]
    if asks and (link := rating_link(report)):
        lines += [_("How is the result? Rate it with one tap: %(link)s") % {"link": link}, ""]
    if address:
        page = address + reverse("portal:report-page", args=[shown(report.code)])
        lines.append(_("See how it went, and rate the result: %(page)s") % {"page": page})
    else:
        lines.append(_("See how it went, and rate the result, with the code on the portal."))
    lines += ["", _("This mail was sent by a machine; nobody reads replies to it.")]
    return "\n".join(lines)
