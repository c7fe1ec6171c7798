"""What follows from problem lists: units are told what is due, photographs are looked at."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext_noop

from meicheng.files.models import StoredFile
from meicheng.ledger.followers import follow
from meicheng.ledger.models import Event
from meicheng.notices.actions import notify
from meicheng.notices.people import holders
from meicheng.notices.words import words
from meicheng.organisation.models import Membership, Unit
from meicheng.proofs.actions import note_use
from meicheng.proofs.models import Use

from .models import ListItem, ProblemList
from .queries import WAITING

SOON = timedelta(days=3)
LATE = timedelta(days=7)  # what a worker that was away so long has missed is not told any more


def tell_what_is_due(day: date) -> int:
    """Tell each unit once of the problems of a list that are due within three days, and once that
    they are overdue; how many people were told."""
    groups = (
        ListItem.objects.filter(WAITING, due__gte=day - LATE, due__lte=day + SOON)
        .order_by("list", "unit", "due")
        .values_list("list", "unit", "due")
        .annotate(items=Count("pk"))
    )
    found = list(groups)
    lists = ProblemList.objects.in_bulk({row[0] for row in found})
    units = Unit.objects.select_related("parent").in_bulk({row[1] for row in found})
    roles = [Membership.Role.UNIT_LEAD, Membership.Role.UNIT_WORKER]
    people = {pk: holders(roles, unit=unit) for pk, unit in units.items()}
    told = 0
    for one, unit, due, items in found:
        late = due < day
        told += notify(
            to=people[unit],
            kind="list.due",
            title=words(
                gettext_noop("%(items)s problems of “%(list)s” are overdue")
                if late
                else gettext_noop("%(items)s problems of “%(list)s” are due by %(day)s"),
                items=items,
                list=lists[one].title,
                day=due,
            ),
            body=words(gettext_noop("Unit: %(unit)s"), unit=units[unit]),
            link=reverse("lists:mine"),
            key=f"list:{one}:{unit}:{due}:{'overdue' if late else 'soon'}",
        )
    return told


@follow("lists.photographs", ["list_item_solved"])
def look_at_proof(event: Event) -> None:
    """Ask about the photograph by which a unit shows that an item is solved; many have none."""
    sha256, position = event.data.get("proof", ""), event.data["item"]
    if not sha256:
        return
    item = ListItem.objects.select_related("list", "unit", "division", "site", "case").get(
        list=int(event.chain.removeprefix("list:")), position=position
    )
    shown = item.site or item.case
    note_use(
        Use(
            file=StoredFile.objects.get(sha256=sha256),
            # The photograph of an item's own case may prove the item, too.
            about=item.case.chain if item.case else f"{item.list.chain}/{position}",
            moment=Use.Moment.LIST,
            label=f"{item.list.code} · {position} {item.text}"[:120],
            href=reverse("lists:item", args=[item.list.code, position]),
            at=event.at,
            not_before=item.list.made_at,
            longitude=shown.longitude if shown else None,
            latitude=shown.latitude if shown else None,
            division=item.division,
            unit=item.unit,
        )
    )
