"""How much of what was reported done does not hold, from the looks that a draw asked for."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from meicheng.cases.models import Case, SpotCheck
from meicheng.engine.workflow import FailedShare, failed_share
from meicheng.organisation.models import User

from .reach import reach


def verification_rate(begin: datetime, end: datetime, where: Q | None = None) -> FailedShare | None:
    """The estimated share of failures among all work reported done (1 SQL statement).

    From the drawn looks that were made from `begin` until before `end`, each weighted by one over
    its chance; looks that somebody chose to make say nothing. `where` narrows by the case's fields
    (`case__district`, `case__unit`, `case__kind`). None where nothing was looked at.
    """
    found = SpotCheck.objects.filter(seen_at__gte=begin, seen_at__lt=end)
    if where is not None:
        found = found.filter(where)
    rows = found.order_by().values_list("chance", "failed")
    return failed_share((chance, bool(failed)) for chance, failed in rows.iterator())


def spot_checks_of(user: User) -> Q:
    """The looks at cases that the user's roles reach."""
    return Q(case__in=Case.objects.filter(reach(user)).order_by().values("pk"))
