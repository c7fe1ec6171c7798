"""What the staff look at of reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from meicheng.cases.models import CaseText
from meicheng.cases.text import asked
from meicheng.ledger.models import Event
from meicheng.organisation.models import User
from meicheng.organisation.permissions import scope
from meicheng.organisation.personal import digests, digests_of_name
from meicheng.places.models import Division
from meicheng.places.time import midnight
from meicheng.tables.pages import COUNT_CAP, Page, cut_page, page_of

from .actions import report_chain
from .codes import read_code
from .models import Report

WORDS_IN = 20_000
CASES_IN = 2000  # cases whose words hold what is looked for: nobody turns more pages
ENOUGH = 500  # found among the newest: older ones are not asked for


# What the result was rated: 1 to 5, of which 4 and 5 are satisfied.
RATINGS = {
    "rated": Q(rating__isnull=False),
    "satisfied": Q(rating__gte=4),
    "unsatisfied": Q(rating__lte=3),
}


@dataclass(frozen=True)
class ReportFilters:
    """The narrowing of the list of reports, as its address says it."""

    state: str = "received"
    source: str = ""
    division: Division | None = None
    words: str = ""
    doubtful: bool = False
    rating: str = ""  # a key of RATINGS
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Told:
    """Something that was done about a report's person: when, by whom, what, in whose words."""

    at: datetime
    by: str
    what: str
    remark: str


@dataclass(frozen=True)
class ReportPage:
    """One page of reports, and whether words were looked for in a part of them only."""

    shown: Page[Report]
    words_capped: bool


def report_list(user: User, filters: ReportFilters, *, page: int) -> ReportPage:
    """One page of the reports in the user's scope, newest first (at most 7 SQL statements).

    Words are looked for in the newest `WORDS_IN` reports that the other filters leave, and, where few
    of them hold them, in the words of all cases; a phone number or whole name finds the reports of
    that person, a code its report.
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
    if filters.rating:
        found = found.filter(RATINGS[filters.rating])
    if filters.since is not None:
        found = found.filter(reported_at__gte=midnight(filters.since))
    if filters.until is not None:
        found = found.filter(reported_at__lt=midnight(filters.until + timedelta(days=1)))
    if filters.words:
        code = read_code(filters.words)
        digits = "".join(sign for sign in filters.words if sign.isdigit())
        if code is not None:
            found = found.filter(code=code)
        elif len(digits) >= 7 and len(digits) >= len(filters.words.strip()) - 4:
            found = found.filter(phone_digest__in=digests(digits.removeprefix("86")[-11:]))
        else:
            return _by_words(found, filters.words, page=page)
    return ReportPage(page_of(found.order_by("-reported_at", "-pk"), page, listed_reports()), False)


def _by_words(found: QuerySet[Report], words: str, *, page: int) -> ReportPage:
    """The reports that hold words, newest first (at most 6 SQL statements).

    All words of the newest are read; where they give little, the index of the cases' words finds
    older ones, too, so that neither rare words nor common ones take long.
    """
    said = Q(body__icontains=words) | Q(subject__icontains=words) | Q(address__icontains=words)
    times = found.order_by("-reported_at", "-pk").values_list("reported_at", flat=True)
    oldest = times[WORDS_IN : WORDS_IN + 1].first()
    # Files that say days only hold many of one moment: all of them are read.
    newest = found.filter(reported_at__gte=oldest) if oldest else found
    keys = set(newest.filter(said).order_by().values_list("reported_at", "pk"))
    hers = found.filter(name_digest__in=digests_of_name(words)).exclude(name_digest="")
    keys.update(hers.order_by().values_list("reported_at", "pk"))
    if oldest and len(keys) < ENOUGH:
        older = found.filter(case__in=_cases(words))
        keys.update(older.order_by().values_list("reported_at", "pk"))
    ordered = [key for _at, key in sorted(keys, reverse=True)]
    shown = cut_page(ordered, len(ordered), COUNT_CAP, page, listed_reports())
    return ReportPage(shown, oldest is not None)


def listed_reports() -> QuerySet[Report]:
    """Reports with all that a list shows of them, and without what nobody sees there (no SQL)."""
    return Report.objects.select_related("kind", "division__district", "case").defer(
        "division__outline",
        "division__district__outline",
        "phone_sealed",
        "email_sealed",
        "name_sealed",
    )


def report_story(report: Report, *, limit: int = 20) -> list[Told]:
    """What was done about a report's person and answers, the newest first (1 SQL statement)."""
    events = Event.objects.filter(chain=report_chain(report)).order_by("-sequence")[:limit]
    return [_told(event) for event in events]


def _told(event: Event) -> Told:
    known = {
        "answered": _("answered"),
        "phone_seen": _("looked at the phone number"),
        "called_back": _("called back"),
        "contact_erased": _("deleted name, number and address by the code"),
        "words_withdrawn": _("withdrew the words by the code"),
        "data_taken": _("took all data by the code"),
        "erased": _("Personal data was deleted because its time is over"),
    }
    remark = event.data.get("reply") or event.data.get("reason") or ""
    return Told(event.at, event.by_name, known.get(event.verb, event.verb), str(remark))


def _cases(words: str) -> QuerySet[CaseText, Any]:
    """The newest cases that hold all the words, from the index, as a question still to be asked."""
    grams = asked(words)
    if not grams:
        return CaseText.objects.none().values("pk")
    return CaseText.objects.filter(grams__all=grams).order_by("-pk").values("pk")[:CASES_IN]
