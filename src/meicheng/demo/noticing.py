"""What the demo accounts have been told lately: from the city's own cases, lists and webhooks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext_noop

from meicheng.cases.models import Case
from meicheng.ledger.models import Event
from meicheng.lists.models import ListItem
from meicheng.notices.models import Notice
from meicheng.notices.words import Words, words
from meicheng.organisation.models import User
from meicheng.places.time import city_day

from .people import ACCOUNTS
from .world import World

EACH = 6
UNREAD = 3  # the newest of each account; what came before has been read


def make_notices(world: World) -> int:
    """Write the notices of the demo accounts; returns how many. Keys follow what was loaded."""
    roles = {str(role): place for place, (role, _where) in enumerate(ACCOUNTS, 1)}
    people = User.objects.in_bulk(roles.values())
    made: list[Notice] = []

    def tell(
        role: str, kind: str, title: Words, body: Words, link: str, key: str, at: datetime
    ) -> None:
        made.append(
            Notice(
                person=people[roles[role]],
                kind=kind,
                key=key,
                title=title.as_json(),
                body=body.as_json(),
                link=link,
                made_at=at,
            )
        )

    _of_cases(tell)
    waiting = ListItem.objects.filter(status__in=["open", "returned"]).select_related(
        "list", "unit"
    )
    item = waiting.filter(unit__code="urban-management-LC").order_by("due", "pk").first()
    if item is not None:
        tell(
            "unit-lead", "list.due",
            words(gettext_noop("%(items)s problems of “%(list)s” are overdue")
                  if item.due < city_day(world.until) else
                  gettext_noop("%(items)s problems of “%(list)s” are due by %(day)s"), items=1,
                  list=item.list.title, day=item.due),
            words(gettext_noop("Unit: %(unit)s"), unit=item.unit),
            reverse("lists:mine"), f"list:{item.list_id}:{item.unit_id}:{item.due}:soon",
            world.until - timedelta(hours=9),
        )  # fmt: skip
    made.sort(key=lambda one: (one.made_at, one.key))
    for person in people.values():
        for notice in [one for one in made if one.person_id == person.pk][:-UNREAD]:
            notice.read_at = min(notice.made_at + timedelta(minutes=25), world.until)
    Notice.objects.bulk_create(made)
    return len(made)


def _of_cases(tell: Callable[..., None]) -> None:
    """The latest steps of cases of which the accounts' own unit and desk were told."""
    unit_cases = Case.objects.filter(unit__code="urban-management-LC")
    for verb, role, kind, message in (
        ("dispatch", "unit-lead", "case.dispatched",
         gettext_noop("%(number)s was dispatched to %(unit)s")),
        ("redo", "unit-lead", "case.redo", gettext_noop("%(number)s has to be done again")),
        ("redo", "unit-worker", "case.redo", gettext_noop("%(number)s has to be done again")),
        ("send_back", "dispatcher", "case.sent_back", gettext_noop("%(unit)s sent %(number)s back")),
    ):  # fmt: skip
        among = Case.objects.all() if role == "dispatcher" else unit_cases
        keys = list(among.order_by("-pk").values_list("pk", flat=True)[:3000])
        chains = {f"case:{key}": key for key in keys}
        found = Event.objects.filter(verb=verb).order_by("-at", "-pk")
        rows = found.values_list("pk", "chain")[:5000]
        kept = [pk for pk, chain in rows if chain in chains][:EACH]
        by_key = Event.objects.in_bulk(kept)
        events = [by_key[pk] for pk in kept]
        cases = Case.objects.select_related("kind", "division", "unit").in_bulk(
            [chains[one.chain] for one in events]
        )
        for event in events:
            case = cases[chains[event.chain]]
            tell(
                role, kind,
                words(message, number=case.number, unit=case.unit or event.data.get("unit", "–")),
                words(gettext_noop("%(kind)s, %(place)s"), kind=case.kind, place=case.division),
                reverse("cases:case", args=[case.number]), f"{event.chain}:{event.sequence}",
                event.at,
            )  # fmt: skip
