"""The week in plain sentences, each number of which leads to what it counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt

from django.core.cache import cache
from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.utils.translation import gettext_noop

from meicheng.engine.text.topics import Gazetteer, Telling, telling_words
from meicheng.notices.actions import notify
from meicheng.notices.people import holders
from meicheng.notices.words import words
from meicheng.organisation.models import Membership, User
from meicheng.organisation.permissions import scope
from meicheng.places.models import Division
from meicheng.places.time import midnight
from meicheng.standards.models import CaseKind

from ..models import Report
from .bursts import bursts_seen
from .heard import listening
from .models import Burst, PlaceName, Topic
from .names import city_names

WEEK = timedelta(days=7)
WEEKS = 8  # before it, which are usual
MOST_READ = 4000  # texts of the week, and of the weeks before, of which words are counted
KEPT_FOR = 24 * 3600  # seconds for which the words of a week that is over are kept
FIRST = date(2000, 1, 3)  # a Monday
TOLD = [Membership.Role.CREATION_OFFICE, Membership.Role.CITY_LEAD]


@dataclass(frozen=True)
class KindCount:
    """How many reports a kind has."""

    kind: CaseKind
    count: int


@dataclass(frozen=True)
class DayCount:
    """How many reports came on a day, and how high that is of the highest, in percent."""

    day: date
    count: int
    height: int


@dataclass(frozen=True)
class Digest:
    """A week, from Monday to Sunday, where the user sees reports."""

    first: date
    last: date
    received: int
    usual: float  # the mean of the weeks before
    unlike: bool  # whether the difference is more than chance explains
    answered: int  # of those that came in
    rated: int
    satisfied: int
    kinds: list[KindCount]
    days: list[DayCount]
    topics: list[Topic]
    bursts: list[Burst]
    quiet: int
    words: list[Telling]

    @property
    def more(self) -> bool:
        """Whether more came than usual."""
        return self.received > self.usual

    @property
    def change(self) -> float:
        """The difference from what is usual, as a share of it."""
        return abs(self.received - self.usual) / self.usual if self.usual else 0.0

    @property
    def share_satisfied(self) -> float:
        """Ratings of 4 or 5 among the ratings."""
        return self.satisfied / self.rated if self.rated else 0.0


def last_week(today: date) -> date:
    """The Monday of the last week that is over."""
    return today - timedelta(days=today.weekday()) - WEEK


def week_from(written: str, *, today: date) -> date:
    """The Monday of the week that an address asks for; the last one that is over otherwise.

    >>> week_from("2026-11-18", today=date(2026, 11, 25)), week_from("x", today=date(2026, 11, 25))
    (datetime.date(2026, 11, 16), datetime.date(2026, 11, 16))
    """
    try:
        asked = date.fromisoformat(written)
    except ValueError:
        return last_week(today)
    return min(max(asked - timedelta(days=asked.weekday()), FIRST), last_week(today))


def digest_of(user: User, first: date) -> Digest:
    """The week that begins on a Monday (at most 17 SQL statements)."""
    last, after = first + timedelta(days=6), first + WEEK
    seen = Report.objects.filter(scope(user, "reports.see").filter(division="division"))
    of_week = seen.filter(reported_at__gte=midnight(first), reported_at__lt=midnight(after))
    counted = of_week.aggregate(
        received=Count("pk"),
        answered=Count("pk", filter=Q(replied_at__isnull=False)),
        rated=Count("pk", filter=Q(rating__isnull=False)),
        satisfied=Count("pk", filter=Q(rating__gte=4)),
    )
    before = seen.filter(
        reported_at__gte=midnight(first - WEEK * WEEKS), reported_at__lt=midnight(first)
    )
    usual = before.count() / WEEKS
    received = counted["received"]
    by_kind = of_week.filter(kind__isnull=False).order_by().values_list("kind_id")
    rows = by_kind.annotate(number=Count("pk")).order_by("-number", "kind_id")[:3]
    kinds = CaseKind.objects.in_bulk([code for code, _count in rows])
    by_day = dict(
        of_week.order_by().values_list(TruncDate("reported_at")).annotate(number=Count("pk"))
    )
    most = max([1, *by_day.values()])
    days = [first + timedelta(days=step) for step in range(7)]
    topics = Topic.objects.filter(
        scope(user, "reports.see").filter(division="division"),
        last_at__gte=midnight(first),
        first_at__lt=midnight(after),
    )
    return Digest(
        first=first,
        last=last,
        received=received,
        usual=usual,
        # Weather and days off spread weeks more than chance alone does: three times the root.
        unlike=abs(received - usual) > 3 * sqrt(usual * (1 + 1 / WEEKS)),
        answered=counted["answered"],
        rated=counted["rated"],
        satisfied=counted["satisfied"],
        kinds=[KindCount(kinds[code], count) for code, count in rows],
        days=[
            DayCount(day, by_day.get(day, 0), round(100 * by_day.get(day, 0) / most))
            for day in days
        ],
        topics=list(
            topics.select_related("division", "unit")
            .defer("division__outline")
            .order_by("-heat", "pk")[:3]
        ),
        bursts=bursts_seen(user, today=after + timedelta(days=1)),
        quiet=len(listening(user, today=last).quiet),
        words=_words(user, first),
    )


def tell_digest(day: date) -> int:
    """On Mondays tell the creation office and the city's leads of the week's digest; how many."""
    if day.weekday():
        return 0
    city = Division.objects.filter(parent__isnull=True).defer("outline").first()
    if city is None:
        return 0
    first = last_week(day)
    received = Report.objects.filter(
        reported_at__gte=midnight(first), reported_at__lt=midnight(first + WEEK)
    ).count()
    if not received:
        return 0
    hottest = Topic.objects.filter(last_at__gte=midnight(first)).order_by("-heat", "pk").first()
    message = (
        words(
            gettext_noop("%(count)d reports last week; hottest: %(what)s"),
            count=received,
            what=hottest.what,
        )
        if hottest
        else words(gettext_noop("%(count)d reports last week"), count=received)
    )
    return notify(
        to=holders(TOLD, division=city),
        kind="voices.digest",
        title=message,
        link=f"/reports/topics/digest/?week={first.isoformat()}",
        key=f"voices:digest:{first.isoformat()}",
    )


def _words(user: User, first: date) -> list[Telling]:
    """What people speak of more than before, places aside (6 SQL statements, then kept)."""
    where = scope(user, "reports.see")
    key = f"topics:words:{first}:{'' if where.whole_city else hash(where.paths)}"
    kept: list[Telling] | None = cache.get(key)
    if kept is None:
        seen = Report.objects.filter(where.filter(division="division")).order_by("-reported_at")
        texts = []
        names = Gazetteer([*city_names(), *PlaceName.objects.values_list("name", flat=True)])
        for begin, end in ((first, first + WEEK), (first - WEEK * WEEKS, first)):
            rows = seen.filter(reported_at__gte=midnight(begin), reported_at__lt=midnight(end))
            said = rows.values_list("subject", "body")[:MOST_READ]
            texts.append([names.without(f"{one} {other}") for one, other in said])
        kept = telling_words(*texts)
        cache.set(key, kept, KEPT_FOR)
    return kept
