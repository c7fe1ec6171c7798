"""Periods whose values are closed, and what is said to who brings one all the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.organisation.models import User
from meicheng.organisation.permissions import allow
from meicheng.places.models import Division
from meicheng.places.time import month_of

from .events import write_event
from .models import FrozenPeriod

CHAIN = "periods"


class BadFreeze(ValueError):
    """A period that cannot be frozen or lifted; the message says why."""


@dataclass(frozen=True)
class Closed:
    """Months that are closed for a place and what lies in it."""

    path: str
    place: str
    first: int
    last: int
    reason: str

    @property
    def refusal(self) -> str:
        """What is said to who brings a value for them."""
        words = {
            "first": f"{self.first // 100}-{self.first % 100:02d}",
            "last": f"{self.last // 100}-{self.last % 100:02d}",
            "place": self.place,
            "reason": self.reason,
        }
        return _("lies in %(first)s to %(last)s, which is closed for %(place)s: %(reason)s") % words


@dataclass(frozen=True)
class Frozen:
    """All periods that are closed now."""

    periods: Sequence[Closed]

    @classmethod
    def now(cls) -> Frozen:
        """What is closed now (1 SQL statement)."""
        rows = FrozenPeriod.objects.filter(lifted_at=None).select_related("division")
        return cls(
            [
                Closed(row.division.path, row.division.name, row.first, row.last, row.reason)
                for row in rows.defer("division__outline")
            ]
        )

    def over(self, at: datetime, division: Division) -> Closed | None:
        """The closed period that a value of this moment and place falls into; None: it is open."""
        month = month_of(at)
        return next(
            (
                one
                for one in self.periods
                if one.first <= month <= one.last and division.path.startswith(one.path)
            ),
            None,
        )


@transaction.atomic
def freeze(actor: User, division: Division, first: int, last: int, *, reason: str) -> FrozenPeriod:
    """Close the months from `first` to `last` (as 202607) for a place and everything below it.

    From then on values of these months are refused, wherever they come from: typed, pasted or
    imported. Visits, reviews and cases follow their own rules and stay possible. Raises
    `NotAllowed` and `BadFreeze`.
    """
    allow(actor, "figures.freeze", division=division)
    said = _words(reason)
    if last < first:
        raise BadFreeze(_("The period ends before it begins"))
    at = timezone.now()
    if last >= month_of(at):
        raise BadFreeze(_("The period has not ended yet; expected months before this one"))
    hold_city()
    there = FrozenPeriod.objects.filter(
        division=division, first__lte=first, last__gte=last, lifted_at=None
    )
    if there.exists():
        raise BadFreeze(_("These months are closed already"))
    made = FrozenPeriod.objects.create(
        division=division, first=first, last=last, reason=said, frozen_by=actor, frozen_at=at
    )
    data = {"division": division.code, "first": first, "last": last, "reason": said}
    write_event(CHAIN, "period_frozen", by=actor, data=data)
    return made


@transaction.atomic
def lift(actor: User, period: FrozenPeriod, *, reason: str) -> FrozenPeriod:
    """Open a closed period again, with the reason. Raises `NotAllowed` and `BadFreeze`."""
    root = period.division
    allow(actor, "figures.freeze", division=root)
    hold_city()
    period = FrozenPeriod.objects.select_related("division").get(pk=period.pk)
    if period.lifted_at is not None:
        raise BadFreeze(_("The period is open already"))
    period.lifted_by, period.lifted_at = actor, timezone.now()
    period.lifted_reason = _words(reason)
    period.save()
    data = {
        "division": root.code,
        "first": period.first,
        "last": period.last,
        "reason": period.lifted_reason,
    }
    write_event(CHAIN, "period_lifted", by=actor, data=data)
    return period


def hold_city() -> None:
    """Wait until nobody else writes a chain that is the whole city's (1 SQL statement)."""
    list(Division.objects.select_for_update().filter(parent=None).values_list("pk"))


def _words(reason: str) -> str:
    said = reason.strip()
    if not 0 < len(said) <= 200:
        raise BadFreeze(_("Say why, in 1 to 200 characters"))
    return said
