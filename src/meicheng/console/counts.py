"""The small numbers in the menu: capped, so that they cost the same at any size."""

from __future__ import annotations

from dataclasses import dataclass

from meicheng.cases.models import Case
from meicheng.organisation.models import User
from meicheng.organisation.permissions import scope
from meicheng.supervision import queries as supervision
from meicheng.voices.models import Report

CAP = 10_000


@dataclass(frozen=True)
class MenuCount:
    """A count as the menu shows it; urgent ones are vermilion."""

    shown: str
    urgent: bool = False


def written(count: int, cap: int) -> str:
    """A count up to a cap; nothing for none.

    >>> written(1204, 10_000), written(10_000, 10_000), written(0, 10_000)
    ('1,204', '10,000+', '')
    """
    if not count:
        return ""
    return f"{cap:,}+" if count >= cap else f"{count:,}"


def open_cases(user: User) -> MenuCount:
    """How many cases of the user's scope are not finished (1 SQL statement)."""
    where = scope(user, "cases.see").filter(division="division", unit="unit")
    rows = Case.objects.filter(where, closed_at__isnull=True).order_by()
    return MenuCount(written(rows.values("pk")[:CAP].count(), CAP))


def received_reports(user: User) -> MenuCount:
    """How many reports of the user's scope nobody has looked at yet (1 SQL statement)."""
    where = scope(user, "reports.see").filter(division="division")
    rows = Report.objects.filter(where, state=Report.State.RECEIVED).order_by()
    return MenuCount(written(rows.values("pk")[:CAP].count(), CAP))


def to_answer(user: User) -> MenuCount:
    """How many supervised cases wait for the answer of the user's units (1 SQL statement, or none)."""
    return MenuCount(written(supervision.to_answer(user), CAP), urgent=True)
