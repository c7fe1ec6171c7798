"""Changing limits, hours and days: each change is a chained event, and holds for clocks that start
from then on. What runs is moved by `apply_to_open` alone, which somebody asks for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.cases.clock import calendar_of, look_again
from meicheng.cases.counts import contribution
from meicheng.cases.models import Case
from meicheng.cases.signals import stepped
from meicheng.cases.stages import has_stages
from meicheng.engine.calendar import Limit
from meicheng.ledger.actions import count_cases, difference
from meicheng.ledger.events import next_event, write_event
from meicheng.organisation.models import User
from meicheng.organisation.permissions import allow
from meicheng.places.models import Division, SiteKind
from meicheng.standards.models import CaseKind, CityDay, LimitRule, OfficeTime

from .recount import Moved, moved_cases

LEAST_SHARE = 0.01  # of the reported work, to be seen on the spot


class BadTime(ValueError):
    """A limit, an hour or a day that makes no sense; the message says which and what was expected."""


@dataclass(frozen=True)
class Condition:
    """Where other limits hold than a kind's own; without any it is the kind's own."""

    severity: int | None = None
    road: SiteKind | None = None
    division: Division | None = None

    @property
    def empty(self) -> bool:
        """Whether it names nothing."""
        return self.severity is None and self.road is None and self.division is None

    def said(self) -> dict[str, object]:
        """What an event says of it."""
        return {
            "severity": self.severity,
            "road": self.road.pk if self.road else "",
            "division": self.division.code if self.division else "",
        }


def checked_limits(kind: CaseKind, limits: Sequence[str]) -> list[str]:
    """The limits as they are kept. Raises `BadTime`."""
    if len(limits) != len(kind.stages):
        raise BadTime(
            _("%(kind)s has %(count)d stages; %(given)d limits were given")
            % {"kind": kind.name, "count": len(kind.stages), "given": len(limits)}
        )
    found = []
    for written in limits:
        try:
            found.append(str(Limit.parse(written)))
        except ValueError:
            raise BadTime(
                _(
                    "“%(limit)s” is no time limit: write a number and wh, wd, h or d, as 4wh, 7wd, 2h, 30d"
                )
                % {"limit": written[:20]}
            ) from None
    return found


@transaction.atomic
def set_limits(
    kind: CaseKind, limits: Sequence[str] | None, condition: Condition, *, by: User | None
) -> bool:
    """Set the limits of a kind's stages under a condition; None takes the condition's away.

    For cases dispatched from now on; whether anything changed. Raises `BadTime` and `NotAllowed`;
    `by` is None on the command line alone.
    """
    if by is not None:
        allow(by, "limits.write")
    kind = CaseKind.objects.select_for_update(of=("self",)).get(pk=kind.pk)
    found = checked_limits(kind, limits) if limits is not None else None
    if condition.severity not in (None, 1, 2, 3):
        raise BadTime(_("The severity is 1, 2 or 3"))
    if condition.empty:
        if found is None:
            raise BadTime(
                _("A kind keeps its own limits; only those under a condition are taken away")
            )
        before: list[str] | None = [str(stage["limit"]) for stage in kind.stages]
        if before == found:
            return False
        kind.stages = [
            {**stage, "limit": limit} for stage, limit in zip(kind.stages, found, strict=True)
        ]
        kind.save(update_fields=["stages"])
    else:
        where: dict[str, Any] = {
            "kind": kind, "severity": condition.severity, "road": condition.road,
            "division": condition.division,
        }  # fmt: skip
        rule = LimitRule.objects.filter(**where).first()
        before = rule.limits if rule else None
        if before == found:
            return False
        if found is None:
            LimitRule.objects.filter(**where).delete()
        else:
            LimitRule.objects.update_or_create(**where, defaults={"limits": found})
    write_event(
        f"limits:{kind.pk}", "limits_set", by=by,
        data={**condition.said(), "limits": found or "none", "were": before or "none"},
    )  # fmt: skip
    _changed()
    return True


@transaction.atomic
def set_hours(hours: Sequence[tuple[str, str]], *, by: User) -> None:
    """Set the working hours of every working day: [("08:30", "12:00"), …]. Raises `BadTime`."""
    allow(by, "limits.write")
    written = [list(span) for span in hours]
    try:
        if not written:
            raise ValueError
        calendar_of(written, {}, [])
    except ValueError:
        raise BadTime(
            _("Write working hours in order and with gaps between, as 08:30-12:00, 14:00-18:00")
        ) from None
    row = _office()
    if row.hours != written:
        write_event("working-time", "hours_set", by=by, data={"hours": written, "were": row.hours})
        row.hours = written
        row.save(update_fields=["hours"])
        _changed()


@transaction.atomic
def set_shares(by_severity: Mapping[int, float], by_kind: Mapping[str, float], *, by: User) -> None:
    """Set how much of the reported work is drawn to be seen on the spot, for draws from now on.

    Shares from 0.01 to 1: of what is never seen, nobody knows how much fails. Raises `BadTime`.
    """
    allow(by, "limits.write")
    if set(by_severity) != {1, 2, 3}:
        raise BadTime(_("Each severity from 1 to 3 has a share"))
    for share in (*by_severity.values(), *by_kind.values()):
        if not LEAST_SHARE <= share <= 1:
            raise BadTime(_("A share lies between 1 and 100 in a hundred"))
    known = set(CaseKind.objects.filter(code__in=list(by_kind)).values_list("code", flat=True))
    if missing := sorted(set(by_kind) - known):
        raise BadTime(_("There is no kind of case %(code)s") % {"code": missing[0][:40]})
    row = _office()
    written = {
        "by_severity": {str(one): share for one, share in sorted(by_severity.items())},
        "by_kind": dict(sorted(by_kind.items())),
    }
    if row.on_the_spot != written:
        said = {"shares": written, "were": row.on_the_spot}
        write_event("working-time", "shares_set", by=by, data=said)
        row.on_the_spot = written
        row.save(update_fields=["on_the_spot"])
        _changed()


@transaction.atomic
def set_days(
    days: Mapping[date, tuple[bool, str] | None], *, by: User | None, years: Iterable[int] = ()
) -> int:
    """Say of days that they are worked or free, with their name; None takes the city's word back.

    `years` are those whose official notice this is: from now on they are known. How many days
    changed. Raises `NotAllowed`; `by` is None on the command line alone.
    """
    if by is not None:
        allow(by, "limits.write")
    row = _office()
    there = CityDay.objects.in_bulk(list(days))
    changed = {}
    for day, said in days.items():
        own = there.get(day)
        if (own and (own.works, own.name)) != said:
            changed[str(day)] = list(said) if said else []
            if said is None:
                CityDay.objects.filter(day=day).delete()
            else:
                CityDay.objects.update_or_create(
                    day=day, defaults={"works": said[0], "name": said[1][:60]}
                )
    new_years = sorted({*row.known_years, *years})
    if changed or new_years != row.known_years:
        write_event("working-time", "days_set", by=by, data={"days": changed, "years": new_years})
        row.known_years = new_years
        row.save(update_fields=["known_years"])
        _changed()
    return len(changed)


@transaction.atomic
def apply_to_open(*, by: User, seen: int | None = None) -> list[Moved]:
    """Move open cases to the due times that hours and days as they are now give them.

    Cases whose end was granted or came with them keep it (see `moved_cases`). One event on each
    case with both times, one for the whole. `seen` is how many were shown: raises `BadTime` where
    there are now others.
    """
    allow(by, "limits.write")
    _office()
    found = moved_cases(lock=True)
    if seen is not None and seen != len(found):
        raise BadTime(
            _("Meanwhile %(count)d cases would move, not %(seen)d: look again, then decide")
            % {"count": len(found), "seen": seen}
        )
    at = timezone.now()
    for one in found:
        _move(one.case, one.due_at, by, at)
    if found:
        write_event("working-time", "applied", by=by, data={"cases": len(found)})
    return found


def _move(case: Case, due: datetime, by: User, at: datetime) -> None:
    before, was = contribution(case), case.due_at
    case.due_at = due
    next_event(
        case,
        "due_recomputed",
        by=by,
        at=at,
        due_at=due.isoformat(),
        was=was.isoformat() if was else "",
    )
    case.save(update_fields=["due_at", "events_count", "head_hash", "updated_at"])
    last = (
        case.stages.filter(done_at=None).order_by("-position").first() if has_stages(case) else None
    )
    if last is not None:  # the last stage's end is the case's
        last.due_at = due
        last.save(update_fields=["due_at"])
    count_cases(difference(before, contribution(case)))
    stepped.send(sender=Case, case=case, code="due_recomputed", said={})


def _office() -> OfficeTime:
    """The one row, held until the transaction ends."""
    OfficeTime.objects.get_or_create(pk=1, defaults={"token": uuid4().hex})
    return OfficeTime.objects.select_for_update().get(pk=1)


def _changed() -> None:
    """Let every process read hours, days and limits anew."""
    OfficeTime.objects.update_or_create(pk=1, defaults={"token": uuid4().hex})
    look_again()
