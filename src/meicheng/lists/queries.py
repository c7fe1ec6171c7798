"""What people look at of problem lists: lists with their progress, items, whose turn it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from meicheng.ledger.models import Event
from meicheng.organisation.models import Unit, User, WorkingGroup
from meicheng.organisation.permissions import memberships, scope
from meicheng.places.models import Division
from meicheng.tables.pages import Page, page_of

from .models import ListItem, ProblemList

WAITING = Q(status__in=[ListItem.Status.OPEN, ListItem.Status.RETURNED])
STATES = ("waiting", "overdue", "solved", "struck")


@dataclass
class Progress:
    """How many items there are, struck off, waiting to be checked, and overdue."""

    total: int = 0
    struck: int = 0
    solved: int = 0
    overdue: int = 0

    def add(self, counts: Mapping[str, Any]) -> None:
        """Count these in."""
        for name in ("total", "struck", "solved", "overdue"):
            setattr(self, name, getattr(self, name) + counts[name])

    @property
    def percent(self) -> int:
        """Items struck off of a hundred, rounded down: 100 only when none is left."""
        return self.struck * 100 // self.total if self.total else 0


@dataclass(frozen=True)
class ListLine:
    """A list with its progress, as far as the reader sees its items."""

    list: ProblemList
    progress: Progress


@dataclass(frozen=True)
class ListFilters:
    """The narrowing of the page of lists."""

    source: str = ""
    unfinished: bool = False


@dataclass(frozen=True)
class ItemFilters:
    """The narrowing of items: by state, unit and words."""

    state: str = ""  # "", or one of STATES
    unit: str = ""
    words: str = ""

    def condition(self, today: date) -> Q:
        """What rows fit."""
        found = Q()
        if self.state == "waiting":
            found &= WAITING
        elif self.state == "overdue":
            found &= WAITING & Q(due__lt=today)
        elif self.state:
            found &= Q(status=self.state)
        if self.unit:
            found &= Q(unit__code=self.unit)
        if self.words:
            found &= Q(text__icontains=self.words) | Q(measures__icontains=self.words)
        return found


@dataclass(frozen=True)
class Share:
    """The progress of one working group, district or unit."""

    name: str
    progress: Progress
    unit: str = ""  # the unit's code, where it is one


@dataclass(frozen=True)
class Shares:
    """Progress by working group, district and unit; a unit of two groups counts in both."""

    groups: list[Share] = field(default_factory=list)
    districts: list[Share] = field(default_factory=list)
    units: list[Share] = field(default_factory=list)


def reach(user: User) -> QuerySet[ListItem]:
    """The items that the user may see: in their divisions, or of their units."""
    where = scope(user, "lists.see").filter(division="division", unit="unit")
    return ListItem.objects.filter(where)


def list_page(user: User, filters: ListFilters, *, today: date, page: int) -> Page[ProblemList]:
    """A page of the lists of which the user sees an item, the newest first (3 SQL statements)."""
    seen = reach(user).filter(list=OuterRef("pk"))
    found = ProblemList.objects.filter(Exists(seen))
    if filters.source:
        found = found.filter(source=filters.source)
    if filters.unfinished:
        found = found.filter(Exists(seen.exclude(status=ListItem.Status.STRUCK)))
    whole = ProblemList.objects.select_related("division", "made_by").defer("division__outline")
    return page_of(found, page, whole)


def lines(user: User, lists: Iterable[ProblemList], *, today: date) -> list[ListLine]:
    """These lists with their progress (1 SQL statement)."""
    lists = list(lists)
    rows = reach(user).filter(list__in=lists).order_by().values("list_id").annotate(**_sums(today))
    counted: dict[int, Mapping[str, Any]] = {row["list_id"]: row for row in rows}
    made = []
    for one in lists:
        progress = Progress()
        if one.pk in counted:
            progress.add(counted[one.pk])
        made.append(ListLine(one, progress))
    return made


def items_of(user: User, one: ProblemList, filters: ItemFilters, today: date) -> QuerySet[ListItem]:
    """The items of a list that the user may see and asked for, in their order."""
    return whole_items(reach(user).filter(filters.condition(today), list=one)).order_by("position")


def own_items(user: User, *, today: date, page: int) -> Page[ListItem]:
    """What waits for the user's own units, the most urgent first (3 SQL statements)."""
    where = scope(user, "lists.solve").filter(division="unit__division", unit="unit")
    found = ListItem.objects.filter(where, WAITING).order_by("due", "pk")
    return page_of(found, page, whole_items(ListItem.objects.all()))


def whole_items(found: QuerySet[ListItem]) -> QuerySet[ListItem]:
    """Items with everything that a line of a table shows."""
    joined = found.select_related(
        "list", "unit", "division__district", "site", "solved_by", "struck_by", "proof"
    )
    return joined.defer("division__outline", "division__district__outline")


def has_unit(user: User) -> bool:
    """Whether the user works for a unit (no SQL once memberships are known)."""
    return any(held.unit_id is not None for held in memberships(user))


def shares(user: User, one: ProblemList | None, *, today: date) -> Shares:
    """Progress of one list, or of all, by group, district and unit (6 SQL statements)."""
    seen = reach(user) if one is None else reach(user).filter(list=one)
    rows = list(seen.order_by().values("unit_id", "division__district_id").annotate(**_sums(today)))
    units = Unit.objects.in_bulk({row["unit_id"] for row in rows})
    places = Division.objects.defer("outline").in_bulk(
        {row["division__district_id"] for row in rows if row["division__district_id"]}
    )
    groups = WorkingGroup.objects.in_bulk()
    of_unit = groups_of(units)

    def by(keys: Callable[[Mapping[str, Any]], Iterable[int]]) -> dict[int, Progress]:
        found: dict[int, Progress] = {}
        for row in rows:
            for key in keys(row):
                found.setdefault(key, Progress()).add(row)
        return found

    counted = by(lambda row: [row["unit_id"]])
    return Shares(
        groups=[
            Share(groups[pk].name, progress)
            for pk, progress in sorted(by(lambda row: of_unit[row["unit_id"]]).items())
        ],
        districts=[
            Share(places[pk].name, progress)
            for pk, progress in sorted(
                by(
                    lambda row: (
                        [row["division__district_id"]] if row["division__district_id"] else []
                    )
                ).items()
            )
        ],
        units=[
            Share(units[pk].name, progress, units[pk].code)
            for pk, progress in sorted(
                counted.items(), key=lambda pair: (-pair[1].overdue, pair[1].percent, pair[0])
            )
        ],
    )


def groups_of(units: Iterable[int]) -> dict[int, list[int]]:
    """The working groups of each unit; a crew in none is in those of the unit above (2 SQL statements)."""
    above = dict(Unit.objects.values_list("pk", "parent_id"))
    own: dict[int, list[int]] = {}
    for group, unit in WorkingGroup.units.through.objects.values_list("workinggroup_id", "unit_id"):
        own.setdefault(unit, []).append(group)

    def nearest(unit: int | None) -> list[int]:
        while unit is not None and unit not in own:
            unit = above[unit]
        return own[unit] if unit is not None else []

    return {unit: sorted(nearest(unit)) for unit in units}


@dataclass(frozen=True)
class Part:
    """What is printed on sheets of its own: the items of one working group, or of units in none."""

    group: WorkingGroup | None
    items: list[ListItem]

    @property
    def struck(self) -> int:
        """How many of them are struck off."""
        return sum(item.status == ListItem.Status.STRUCK for item in self.items)


def parts_by_group(items: Iterable[ListItem]) -> list[Part]:
    """Items by working group, in the groups' order (4 SQL statements with the items').

    What a unit of two groups has to do stands in both: each group takes its own sheets along.
    """
    rows = list(items)
    of_unit = groups_of({item.unit_id for item in rows})
    groups = WorkingGroup.objects.in_bulk()
    found: dict[int, list[ListItem]] = {}
    for item in rows:
        for group in of_unit[item.unit_id]:
            found.setdefault(group, []).append(item)
    parts = [Part(groups[pk], own) for pk, own in sorted(found.items())]
    rest = [item for item in rows if not of_unit[item.unit_id]]
    return [*parts, Part(None, rest)] if rest else parts


def story(item: ListItem) -> list[Event]:
    """What was done with an item, in order (1 SQL statement)."""
    found = Event.objects.filter(chain=item.list.chain)
    return list(found.filter(Q(data__item=item.position) | Q(sequence=1)).order_by("sequence"))


def _sums(today: date) -> dict[str, Count]:
    return {
        "total": Count("pk"),
        "struck": Count("pk", filter=Q(status=ListItem.Status.STRUCK)),
        "solved": Count("pk", filter=Q(status=ListItem.Status.SOLVED)),
        "overdue": Count("pk", filter=WAITING & Q(due__lt=today)),
    }
