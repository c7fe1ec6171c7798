"""What the staff look at of reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from meicheng.cases.models import CaseText
from meicheng.cases.text import asked
from meicheng.ledger.models import Event
from meicheng.organisation.models import User
from meicheng.organisation.permissions import scope
from meicheng.organisation.personal import digests, digests_of_name
from meicheng.places.models import Division
from meicheng.places.time import midnight
from meicheng.tables.pages import Page, page_of

from .actions import report_chain
from .codes import read_code
from .models import Report

WORDS_IN = 20_000
CASES_IN = 2000  # cases whose words hold what is looked for: nobody turns more pages


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
    """One page of the reports in the user's scope, newest first (at most 5 SQL statements).

    Words are looked for in the newest `WORDS_IN` reports that the other filters leave, and in the
    words of all cases; a phone number or whole name finds the reports of that person, a code its
    report.
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
    words_capped = False
    if filters.words:
        code = read_code(filters.words)
        digits = "".join(sign for sign in filters.words if sign.isdigit())
        if code is not None:
            found = found.filter(code=code)
        elif len(digits) >= 7 and len(digits) >= len(filters.words.strip()) - 4:
            found = found.filter(phone_digest__in=digests(digits.removeprefix("86")[-11:]))
        else:
            newest = found.order_by("-reported_at", "-pk").values("pk")[:WORDS_IN]
            words_capped = found.order_by().values("pk")[: WORDS_IN + 1].count() > WORDS_IN
            said = Q(body__icontains=filters.words) | Q(subject__icontains=filters.words)
            said |= Q(address__icontains=filters.words)
            said |= Q(name_digest__in=digests_of_name(filters.words))
            # Beyond the newest the index of the cases' words finds them, however old they are.
            found = found.filter(Q(said, pk__in=newest) | Q(case__in=_cases(filters.words)))
    whole = Report.objects.select_related("kind", "division__district", "case").defer(
        "division__outline",
        "division__district__outline",
        "phone_sealed",
        "email_sealed",
        "name_sealed",
    )
    shown = page_of(found.order_by("-reported_at", "-pk"), page, whole)
    return ReportPage(shown, words_capped)


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


def _cases(words: str) -> list[int]:
    """The newest cases that hold all the words, from the index (1 SQL statement at most)."""
    grams = asked(words)
    if not grams:
        return []
    found = CaseText.objects.filter(grams__all=grams).order_by("-pk")
    return list(found.values_list("pk", flat=True)[:CASES_IN])
