"""Personal data of whoever reported something: deleted by herself, or when its time is over.

What stays for the record: kind, place, times, steps, counts and the city's own words. Chains of
events are never rewritten; they hold what the staff wrote and, of the reporter, that she did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Min, Q, QuerySet
from django.db.models.functions import TruncMonth
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.cases.actions.words import mask_words, withdraw_words
from meicheng.engine.text import mask_personal
from meicheng.ledger.events import write_event
from meicheng.places.time import city_day

from .actions import report_chain
from .checking import BadReport
from .models import CallBack, Report
from .topics.titles import mask_topic_title, retitle_topic

BATCH = 50
# What tells who reported it, and what each is when it is deleted.
WHO: Mapping[str, Any] = {
    "name_sealed": None, "name_digest": "", "name_masked": "",
    "phone_sealed": None, "phone_digest": "", "phone_masked": "",
    "email_sealed": None, "reporter": "",
}  # fmt: skip
_WORDS = ("subject", "body", "address", "rating_remark")


@transaction.atomic
def erase_contact(report: Report) -> Report:
    """Delete the name, number and address that somebody left, at her own wish.

    She is not written to or called any more; her code goes on working.
    """
    report = Report.objects.select_for_update(of=("self",)).get(pk=report.pk)
    gone = _forget(report)
    waiting = CallBack.objects.filter(report=report, outcome=CallBack.Outcome.WAITING)
    waiting.update(outcome=CallBack.Outcome.REFUSED)
    if not gone:
        raise BadReport("contact", _("No name, number or address is kept with this report"))
    report.extra = {name: value for name, value in report.extra.items() if name != "language"}
    report.save(update_fields=[*WHO, "extra"])
    write_event(report_chain(report), "contact_erased", by=None, data={"what": gone})
    return report


@transaction.atomic
def withdraw_report_words(report: Report) -> Report:
    """Take back the words of a report, at the wish of whoever wrote them.

    They leave the description of the case, too, where that says nothing else, and the title of a topic. The kind, the place,
    what was done and the photographs stay, because others act on them.
    """
    report = Report.objects.select_for_update(of=("self",)).select_related("case").get(pk=report.pk)
    if report.extra.get("withdrawn"):
        raise BadReport("words", _("The words were withdrawn already"))
    if report.case is not None:
        withdraw_words(report.case, words=report.body or report.subject)
    retitle_topic(report)
    report.subject = report.body = report.rating_remark = ""
    kept = {name: report.extra[name] for name in ("doubt", "language") if name in report.extra}
    if report.extra.get("contested"):
        kept["contested"] = "…"
    report.extra = {**kept, "withdrawn": city_day(timezone.now()).isoformat()}
    report.save(update_fields=["subject", "body", "rating_remark", "extra"])
    write_event(report_chain(report), "words_withdrawn", by=None)
    return report


def fallen_due(at: datetime) -> QuerySet[Report]:
    """The reports whose personal data is kept longer than `MEICHENG_PERSONAL_DAYS` at a time.

    The days run from the closing of the case; a report without one, from the report.
    """
    if not settings.PERSONAL_DAYS:
        return Report.objects.none()
    until = at - timedelta(days=settings.PERSONAL_DAYS)
    kept = Report.objects.filter(erased_at=None, reported_at__lte=until)
    return kept.filter(Q(case__closed_at__lte=until) | Q(case=None))


def erase_due() -> int:
    """Delete what fell due, one batch; how many reports, 0 where none is left.

    The worker asks again each turn, so that years of backlog hold up nothing else.
    """
    now = timezone.now()
    done = 0
    for report in fallen_due(now).order_by("reported_at", "pk")[:BATCH]:
        done += _erase(report.pk, now)
    return done


@transaction.atomic
def _erase(key: int, at: datetime) -> int:
    """Delete what tells who reported it, and mask in its words what names anybody."""
    report = Report.objects.select_for_update(of=("self",)).select_related("case").get(pk=key)
    if report.erased_at is not None:
        return 0  # another worker was first
    gone = _forget(report)
    for name in _WORDS:
        setattr(report, name, mask_personal(getattr(report, name)))
    report.reply = mask_personal(report.reply, landlines=False)
    report.extra = masked_extra(report)
    report.erased_at = at
    report.save(update_fields=[*WHO, *_WORDS, "reply", "extra", "erased_at"])
    mask_topic_title(report)
    masked = report.case is not None and mask_words(report.case)
    if gone or masked:
        write_event(report_chain(report), "erased", by=None, data={"what": gone})
    return 1


def _forget(report: Report) -> list[str]:
    """Empty what tells who reported it; the names of what was there (no SQL)."""
    gone = [
        word
        for word, there in (
            ("name", report.name_sealed or report.reporter),
            ("phone", report.phone_sealed),
            ("email", report.email_sealed),
        )
        if there
    ]
    for column, empty in WHO.items():
        setattr(report, column, empty)
    return gone


def masked_extra(report: Report) -> dict[str, Any]:
    """What else is kept with a report, without what names somebody."""
    return {
        name: mask_personal(value) if isinstance(value, str) else value
        for name, value in report.extra.items()
    }


@dataclass(frozen=True)
class MonthDue:
    """The reports of which the cases were closed in one month, and when they fall due."""

    closed: date  # the month's first day
    first_due: date
    reports: int
    names: int
    phones: int
    emails: int


@dataclass(frozen=True)
class Schedule:
    """What falls due when."""

    days: int
    due: int  # now
    months: list[MonthDue]


def schedule(at: datetime) -> Schedule:
    """What is kept of whom until when, by the month of closing (2 SQL statements)."""
    kept = Report.objects.filter(erased_at=None, case__closed_at__isnull=False)
    rows = (
        kept.annotate(month=TruncMonth("case__closed_at"))
        .values("month")
        .annotate(
            first=Min("case__closed_at"),
            reports=Count("pk"),
            names=Count("pk", filter=Q(name_sealed__isnull=False) | ~Q(reporter="")),
            phones=Count("pk", filter=Q(phone_sealed__isnull=False)),
            emails=Count("pk", filter=Q(email_sealed__isnull=False)),
        )
        .order_by("month")
    )
    days = settings.PERSONAL_DAYS
    months = [
        MonthDue(
            city_day(row["month"]),
            city_day(row["first"]) + timedelta(days=days),
            row["reports"],
            row["names"],
            row["phones"],
            row["emails"],
        )
        for row in rows
    ]
    return Schedule(days, fallen_due(at).count(), months)
