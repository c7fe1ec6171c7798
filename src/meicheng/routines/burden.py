"""The burden meter: how many forms, photographs and minutes are asked of each unit, by month.

Rooms above add their own acts to `SOURCES` when they start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import Count, Q, Sum, Value
from django.db.models.functions import TruncMonth

from meicheng.cases.models import Case, CasePhoto
from meicheng.inspections.models import Visit
from meicheng.lists.models import ListItem
from meicheng.organisation.models import Unit, User
from meicheng.organisation.permissions import scope
from meicheng.places.models import Division
from meicheng.places.time import midnight, months_later
from meicheng.surveys.models import Answer

from .models import Occurrence
from .rules import Cost, costs

EARLIER = 2  # months shown before the one asked for
LONGEST_CASE = timedelta(days=120)  # results of cases that were reported earlier are not counted


class Acts(NamedTuple):
    """Forms and photographs of one unit, or of a district's people, in one month."""

    unit: int  # or the district
    month: int  # 202611
    forms: int
    photos: int


# By the code of a source in the pack: the acts from a first to a last day, any number of rows
# for a unit and month.
Source = Callable[[date, date], Iterable[Acts]]


@dataclass
class Part:
    """What one source asked for."""

    forms: int = 0
    photos: int = 0
    minutes: float = 0


@dataclass
class Line:
    """What was asked of a unit, or of a district's people, in a month, and its minutes before."""

    unit: Unit | Division
    parts: dict[str, Part] = field(default_factory=dict)
    earlier: dict[int, float] = field(default_factory=dict)

    @property
    def forms(self) -> int:
        """All forms."""
        return sum(one.forms for one in self.parts.values())

    @property
    def photos(self) -> int:
        """All photographs."""
        return sum(one.photos for one in self.parts.values())

    @property
    def minutes(self) -> float:
        """All minutes, as the pack estimates them."""
        return sum(one.minutes for one in self.parts.values())


def minutes_of(cost: Cost, forms: int, photos: int) -> float:
    """The minutes of so many forms and photographs.

    >>> from meicheng.engine.words import Words
    >>> minutes_of(Cost(Words("案件", "Cases"), form=5, photo=2), forms=3, photos=4)
    23.0
    """
    return float(cost.form * forms + cost.photo * photos)


def burden(user: User, month: int) -> list[Line]:
    """What was asked of the units that the user sees, the most burdened first.

    One SQL statement and those of the sources, however many units there are.
    """
    where = scope(user, "routines.see").filter(division="division", unit="pk")
    units = Unit.objects.filter(where).select_related("division").defer("division__outline")
    return _lines(units, SOURCES, month)


def burden_of_places(user: User, month: int) -> list[Line]:
    """What visits and interviews asked of the people of the districts that the user sees.

    They belong to a place and not to a unit. Some 4 SQL statements, however many districts.
    """
    where = scope(user, "routines.see")
    places = Division.objects.filter(level=Division.Level.DISTRICT).defer("outline")
    return _lines([one for one in places if where.covers(division=one)], OF_PLACES, month)


def _lines(
    whom: Iterable[Unit] | Iterable[Division], sources: Mapping[str, Source], month: int
) -> list[Line]:
    """What the sources say of each of these, the most burdened first."""
    lines = {one.pk: Line(one) for one in whom}
    first, last = first_day(months_later(month, -EARLIER)), last_day(month)
    for code, source in sources.items():
        cost = costs()[code]
        for one in source(first, last):
            line = lines.get(one.unit)
            if line is None:
                continue
            minutes = minutes_of(cost, one.forms, one.photos)
            if one.month == month:
                part = line.parts.setdefault(code, Part())
                part.forms += one.forms
                part.photos += one.photos
                part.minutes += minutes
            else:
                line.earlier[one.month] = line.earlier.get(one.month, 0) + minutes
    busy = [line for line in lines.values() if line.parts or line.earlier]
    return sorted(busy, key=lambda line: (-line.minutes, line.unit.code))


def first_day(month: int) -> date:
    """The first day of a month.

    >>> first_day(202611), last_day(202612)
    (datetime.date(2026, 11, 1), datetime.date(2026, 12, 31))
    """
    return date(month // 100, month % 100, 1)


def last_day(month: int) -> date:
    """The last day of a month."""
    return first_day(months_later(month, 1)) - timedelta(days=1)


def acts(rows: Iterable[tuple[int | None, date, int, int]]) -> Iterable[Acts]:
    """Rows of unit, a day of the month, forms and photographs as acts."""
    for unit, day, forms, photos in rows:
        if unit is not None:
            yield Acts(unit, day.year * 100 + day.month, forms, photos)


def _routines(first: date, last: date) -> Iterable[Acts]:
    """Each time that a routine came asks for a form, and some for a photograph (1 SQL)."""
    found = Occurrence.objects.filter(day__gte=first, day__lte=last).order_by()
    pictured = Count("pk", filter=Q(routine__photo=True))
    months = found.values_list("routine__unit", TruncMonth("day"))
    return acts(months.annotate(forms=Count("pk"), photos=pictured))


def _cases(first: date, last: date) -> Iterable[Acts]:
    """Each case that was resolved took a form, and its photographs of the result (2 SQL)."""
    within = {
        "resolved_at__gte": midnight(first),
        "resolved_at__lt": midnight(last + timedelta(days=1)),
        "reported_at__gte": midnight(first - LONGEST_CASE),
    }
    cases = Case.objects.filter(**within).order_by()
    forms = cases.values_list("unit", TruncMonth("resolved_at")).annotate(Count("pk"))
    yield from acts((unit, day, count, 0) for unit, day, count in forms)
    photos = CasePhoto.objects.filter(
        moment=CasePhoto.Moment.AFTER, **{f"case__{name}": at for name, at in within.items()}
    ).order_by()
    shown = photos.values_list("case__unit", TruncMonth("case__resolved_at"))
    yield from acts((unit, day, 0, count) for unit, day, count in shown.annotate(Count("pk")))


def _lists(first: date, last: date) -> Iterable[Acts]:
    """Each listed problem that was solved took a form, and its proof a photograph (1 SQL)."""
    found = ListItem.objects.filter(
        solved_at__gte=midnight(first), solved_at__lt=midnight(last + timedelta(days=1))
    ).order_by()
    months = found.values_list("unit", TruncMonth("solved_at"))
    return acts(months.annotate(forms=Count("pk"), photos=Count("proof")))


def _visits(first: date, last: date) -> Iterable[Acts]:
    """Each visit took a form, and each of its failures asked for a photograph (1 SQL statement)."""
    visits = Visit.objects.filter(
        visited_at__gte=midnight(first), visited_at__lt=midnight(last + timedelta(days=1))
    ).order_by()
    months = visits.values_list("site__division__district", TruncMonth("visited_at"))
    return acts(months.annotate(forms=Count("pk"), photos=Sum("failed")))


def _interviews(first: date, last: date) -> Iterable[Acts]:
    """Each interview of a survey took a form; it counts where its wave ends (1 SQL statement)."""
    found = Answer.objects.filter(
        interview=True, cell__wave__closes__gte=first, cell__wave__closes__lte=last
    ).order_by()
    months = found.values_list("cell__division__district", TruncMonth("cell__wave__closes"))
    return acts(months.annotate(forms=Count("pk"), photos=Value(0)))


# What is asked of a place's people rather than of a unit, by the code in the pack.
OF_PLACES: dict[str, Source] = {"visits": _visits, "surveys": _interviews}
SOURCES: dict[str, Source] = {"routines": _routines, "cases": _cases, "lists": _lists}


def totals(lines: Iterable[Line]) -> Mapping[str, Part]:
    """What each source asked of all units together."""
    found: dict[str, Part] = {}
    for line in lines:
        for code, one in line.parts.items():
            part = found.setdefault(code, Part())
            part.forms += one.forms
            part.photos += one.photos
            part.minutes += one.minutes
    return found
