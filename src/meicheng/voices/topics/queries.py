"""What the staff look at of hot topics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _

from meicheng.organisation.models import User
from meicheng.organisation.permissions import scope
from meicheng.places.models import Division
from meicheng.places.time import midnight

from ..models import Report
from ..queries import listed_reports
from .models import Topic

MOST_EXPORTED = 200
WEEKS = 26


@dataclass(frozen=True)
class TopicFilters:
    """The narrowing of the list of topics, as its address says it."""

    division: Division | None = None
    since: date | None = None
    until: date | None = None
    by_peak: bool = False
    problems: tuple[str, ...] = ()

    @property
    def query(self) -> str:
        """As the query of an address."""
        pairs = {
            "division": self.division.code if self.division else "",
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
            "order": "peak" if self.by_peak else "",
        }
        return urlencode({name: value for name, value in pairs.items() if value})


@dataclass(frozen=True)
class Week:
    """How many reports a topic has of a week, and how high that is of its highest, in percent."""

    begins: date
    count: int
    height: int


def filters_from(asked: Mapping[str, str]) -> TopicFilters:
    """Read the filters of an address; what means nothing is left out and named (1 SQL at most)."""
    problems = []
    days: dict[str, date | None] = {"since": None, "until": None}
    for name in days:
        written = asked.get(name, "")
        if written:
            try:
                days[name] = date.fromisoformat(written)
            except ValueError:
                problems.append(written)
    code = asked.get("division", "").replace("\0", "")[:40]
    division = Division.objects.filter(code=code).defer("outline").first() if code else None
    if code and division is None:
        problems.append(code)
    return TopicFilters(
        division,
        days["since"],
        days["until"],
        asked.get("order") == "peak",
        tuple(
            _("“%(value)s” means nothing here; it was left out") % {"value": one[:60]}
            for one in problems
        ),
    )


def topics_seen(user: User, filters: TopicFilters) -> QuerySet[Topic]:
    """The topics of the user's scope, the hottest first (no SQL): those that reach into the days."""
    found = Topic.objects.filter(scope(user, "reports.see").filter(division="division"))
    if filters.division is not None:
        found = found.filter(division__path__startswith=filters.division.path)
    if filters.since is not None:
        found = found.filter(last_at__gte=midnight(filters.since))
    if filters.until is not None:
        found = found.filter(first_at__lt=midnight(filters.until + timedelta(days=1)))
    return found.order_by("-peak" if filters.by_peak else "-heat", "pk")


def whole(found: QuerySet[Topic]) -> QuerySet[Topic]:
    """With everything that a row shows."""
    return found.select_related("division__district", "kind", "unit").defer(
        "division__outline", "division__district__outline"
    )


def messages_of(topics: Sequence[Topic]) -> QuerySet[Report]:
    """The reports of topics, by topic and time (no SQL)."""
    return (
        listed_reports()
        .filter(in_topic__topic__in=[one.pk for one in topics])
        .select_related("in_topic")
        .order_by("in_topic__topic", "reported_at", "pk")
    )


def weeks_of(topic: Topic) -> list[Week]:
    """The reports of a topic by week, from its first to its last, at most `WEEKS` (1 SQL)."""
    rows = (
        Report.objects.filter(in_topic__topic=topic)
        .order_by()
        .values_list(TruncDate("reported_at"))
        .annotate(Count("pk"))
    )
    counted: dict[date, int] = {}
    for day, count in rows:
        begins = day - timedelta(days=day.weekday())
        counted[begins] = counted.get(begins, 0) + count
    if not counted:
        return []
    last, most = max(counted), max(counted.values())
    first = max(min(counted), last - timedelta(weeks=WEEKS - 1))
    weeks = [first + timedelta(weeks=step) for step in range((last - first).days // 7 + 1)]
    return [
        Week(week, counted.get(week, 0), round(100 * counted.get(week, 0) / most)) for week in weeks
    ]


def topic_of_report(report: Report, user: User) -> Topic | None:
    """The topic that a report tells of, if the user may see it (1 SQL statement)."""
    seen = Q(scope(user, "reports.see").filter(division="division"))
    return Topic.objects.filter(seen, reports__report=report).first()
