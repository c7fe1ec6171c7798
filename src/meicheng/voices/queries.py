"""What the staff look at of reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q

from meicheng.organisation.models import User
from meicheng.organisation.permissions import scope
from meicheng.organisation.personal import digest
from meicheng.places.models import Division
from meicheng.places.time import midnight
from meicheng.tables.pages import Page, page_of

from .codes import read_code
from .models import Report

WORDS_IN = 20_000


@dataclass(frozen=True)
class ReportFilters:
    """The narrowing of the list of reports, as its address says it."""

    state: str = "received"
    source: str = ""
    division: Division | None = None
    words: str = ""
    doubtful: bool = False
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class ReportPage:
    """One page of reports, and whether words were looked for in a part of them only."""

    shown: Page[Report]
    words_capped: bool


def report_list(user: User, filters: ReportFilters, *, page: int) -> ReportPage:
    """One page of the reports in the user's scope, newest first (at most 4 SQL statements).

    Words are looked for in the newest `WORDS_IN` reports that the other filters leave; a phone
    number finds the reports of that number, a code its report.
    """
    found = Report.objects.filter(scope(user, "reports.see").filter(division="division"))
    if filters.state:
        found = found.filter(state=filters.state)
    if filters.source:
        found = found.filter(source=filters.source)
    if filters.division is not None:
        found = found.filter(division__path__startswith=filters.division.path)
    if filters.doubtful:
        found = found.filter(extra__doubt__isnull=False)
    if filters.since is not None:
        found = found.filter(reported_at__gte=midnight(filters.since))
    if filters.until is not None:
        found = found.filter(reported_at__lt=midnight(filters.until + timedelta(days=1)))
    words_capped = False
    if filters.words:
        code = read_code(filters.words)
        digits = "".join(sign for sign in filters.words if sign.isdigit())
        if code is not None:
            found = found.filter(code=code)
        elif len(digits) >= 7 and len(digits) >= len(filters.words.strip()) - 4:
            found = found.filter(phone_digest=digest(digits.removeprefix("86")[-11:]))
        else:
            newest = found.order_by("-reported_at", "-pk").values("pk")[:WORDS_IN]
            words_capped = found.order_by().values("pk")[: WORDS_IN + 1].count() > WORDS_IN
            said = Q(body__icontains=filters.words) | Q(subject__icontains=filters.words)
            found = Report.objects.filter(said | Q(address__icontains=filters.words), pk__in=newest)
    whole = Report.objects.select_related("kind", "division__district", "case").defer(
        "division__outline", "division__district__outline", "phone_sealed", "email_sealed"
    )
    shown = page_of(found.order_by("-reported_at", "-pk"), page, whole)
    return ReportPage(shown, words_capped)
