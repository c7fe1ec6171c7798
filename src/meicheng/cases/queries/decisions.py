"""What waits for somebody's decision: more time, whose it is, and whether a wait goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from meicheng.cases.models import Case, Extension
from meicheng.engine.workflow import SENT_BACK_AT_MOST, WITH_UNIT, State
from meicheng.organisation.models import User
from meicheng.organisation.permissions import actions_of

from .reach import reach

MOST = 100
DECISIONS = ("cases.extend", "cases.decide", "cases.resume")
SENT_AROUND = Q(state=State.SENT_BACK, sent_back_count__gte=SENT_BACK_AT_MOST)


@dataclass(frozen=True)
class Decisions:
    """What waits for one user, the most urgent first; empty where it is not theirs."""

    asked: Sequence[Extension]
    sent_around: Sequence[Case]
    reviews: Sequence[Case]

    def __len__(self) -> int:
        return len(self.asked) + len(self.sent_around) + len(self.reviews)


def decisions_for(user: User, *, day: date) -> Decisions:
    """Requests for more time, cases that were sent around, suspensions whose day has come.

    3 SQL statements beside the reach; at most `MOST` of each.
    """
    held = actions_of(user, DECISIONS)
    related = ("kind", "division", "district", "unit")
    asked: Sequence[Extension] = ()
    sent_around: Sequence[Case] = ()
    reviews: Sequence[Case] = ()
    if "cases.extend" in held:
        mine = Case.objects.filter(_asked(user)).values("pk")
        found = Extension.objects.filter(granted=None, case__in=mine)
        asked = list(
            found.exclude(asked_by=user)
            .select_related("case__kind", "case__unit", "case__district")
            .order_by("case__due_at", "pk")[:MOST]
        )
    if "cases.decide" in held:
        where = reach(user, "cases.decide") & SENT_AROUND
        found_cases = Case.objects.filter(where).select_related(*related)
        sent_around = list(found_cases.order_by("reported_at", "pk")[:MOST])
    if "cases.resume" in held:
        found_cases = Case.objects.filter(_reviews(user, day)).select_related(*related)
        reviews = list(found_cases.order_by("review_on", "pk")[:MOST])
    return Decisions(asked, sent_around, reviews)


def decisions_count(user: User, *, day: date) -> int:
    """How many of them wait (at most 3 SQL statements beside the reach)."""
    held = actions_of(user, DECISIONS)
    count = 0
    if "cases.extend" in held:
        count += Case.objects.filter(_asked(user)).order_by().count()
    if "cases.decide" in held:
        where = reach(user, "cases.decide") & SENT_AROUND
        count += Case.objects.filter(where).order_by().count()
    if "cases.resume" in held:
        count += Case.objects.filter(_reviews(user, day)).order_by().count()
    return count


def _asked(user: User) -> Q:
    return reach(user, "cases.extend") & Q(extension="asked", state__in=WITH_UNIT)


def _reviews(user: User, day: date) -> Q:
    return reach(user, "cases.resume") & Q(state=State.SUSPENDED, review_on__lte=day)
