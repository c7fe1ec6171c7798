"""What changed since a page was made, and who else looks at a case: asked every few seconds.

One number tells whether anything in the city happened at all, so that an unchanged page costs one
look at the end of an index. The rest is bounded by the rows of one page.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.cases.models import Case, Look, TakenStep
from meicheng.cases.queries import CaseFilters, found_cases
from meicheng.cases.queries.reach import reach
from meicheng.cases.queries.story import story
from meicheng.ledger.models import Event
from meicheng.organisation.models import User

AWAY = timedelta(seconds=45)  # who has not asked for this long has gone
AGAIN = timedelta(seconds=20)  # a look is written down anew no more often
MOST_NEW = 100


class Pace:
    """How long pages wait before they ask again, so that a process answers `most` in a second.

    With few people at their lists that is ten seconds; with three hundred, thirty.

    >>> pace = Pace(most=10)
    >>> [pace.again(person, now=0.0) for person in range(300)][::299]
    [10, 30]
    >>> pace.again(1, now=1000.0)
    10
    """

    SHORTEST, LONGEST = 10, 60  # seconds

    def __init__(self, most: int) -> None:
        self._most = most
        self._asked: dict[int, float] = {}
        self._lock = threading.Lock()

    def again(self, person: int, *, now: float) -> int:
        """Seconds until this person's page is to ask again."""
        with self._lock:
            self._asked[person] = now
            gone = now - 2 * self.LONGEST
            self._asked = {key: at for key, at in self._asked.items() if at > gone}
            people = len(self._asked)
        return min(self.LONGEST, max(self.SHORTEST, -(-people // self._most)))


PACE = Pace(most=10)


def newest_event() -> int:
    """The number of the last event of the city (1 SQL statement, the end of an index)."""
    return Event.objects.aggregate(last=Max("pk"))["last"] or 0


def note_look(user: User, case_id: int, *, at: datetime) -> list[str]:
    """Note that somebody has a case open; gives the others who do (1 or 2 SQL statements)."""
    looks = list(
        Look.objects.filter(case=case_id, at__gt=at - AWAY).values_list(
            "user_id", "user__display_name", "at"
        )
    )
    if not any(who == user.pk and at - then < AGAIN for who, _name, then in looks):
        Look.objects.bulk_create(
            [Look(case_id=case_id, user=user, at=at)],
            update_conflicts=True,
            unique_fields=["case", "user"],
            update_fields=["at"],
        )
    return sorted(name for who, name, _then in looks if who != user.pk)


@dataclass(frozen=True)
class Changes:
    """What is new for a list: how many cases, and which of those shown have moved on."""

    new: int
    changed: list[int]  # keys


def changes(
    user: User, filters: CaseFilters, shown: dict[str, int], *, after: int, at: datetime
) -> Changes:
    """What changed since a list was shown (2 SQL statements beside the reach).

    `shown` are the numbers of its cases with their versions; `after` is the highest key that there
    was. Only rows that the user may see are told.
    """
    new = found_cases(user, filters, at=at).filter(pk__gt=after).order_by().values("pk")
    rows = Case.objects.filter(reach(user), number__in=list(shown)).values_list(
        "pk", "number", "events_count"
    )
    changed = [key for key, number, version in rows if shown[number] != version]
    return Changes(new[:MOST_NEW].count(), changed)


def what_happened(case: Case, *, since: int) -> str:
    """In words, who did what to a case after a version of it, at most three things (≤ 3 SQL)."""
    events = list(Event.objects.filter(chain=case.chain, sequence__gt=since).order_by("sequence"))
    lines = [f"{line.by or _('the system')}: {line.what}" for line in story(events)[:3]]
    return "; ".join(reversed(lines))


def highest_key() -> int:
    """The key of the newest case (1 SQL statement, the end of an index)."""
    return Case.objects.aggregate(last=Max("pk"))["last"] or 0


def forget_looks(day: date) -> int:
    """Remove what nobody looks at any more, and steps that nobody can take back any more."""
    yesterday = timezone.now() - timedelta(days=1)
    looks = Look.objects.filter(at__lt=yesterday).delete()[0]
    return looks + TakenStep.objects.filter(at__lt=yesterday).delete()[0]
