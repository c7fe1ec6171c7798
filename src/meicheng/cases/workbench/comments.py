"""Comments on a case, which may name people and units who are then told of it.

A comment is an event of the case and nothing else: chained, never changed, shown in its story.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from meicheng.cases.actions import Needed
from meicheng.cases.models import Case
from meicheng.cases.reaching import allow_case, may_case
from meicheng.ledger.events import next_event
from meicheng.ledger.models import Event
from meicheng.notices.actions import notify
from meicheng.notices.words import words as message
from meicheng.organisation.models import Membership, Unit, User

MOST_WORDS = 2000
MOST_NAMED = 20
LONGEST_NAME = 80
OFFERED = 8
# An “@” that stands after a letter or digit belongs to an address of mail.
_AT = re.compile(r"(?<![A-Za-z0-9._-])@(?=\S)")


@dataclass(frozen=True)
class Mentioned:
    """Who and what is named in a comment."""

    people: tuple[User, ...]
    units: tuple[Unit, ...]


def mentioned(text: str) -> Mentioned:
    """Whom a text names by “@”: by account, by name, or a unit by name or code (2 SQL statements).

    The longest name counts that the text goes on with, since Chinese goes on without a blank. Raises
    `Needed` for a name that nobody has, or that two people have.
    """
    places = [found.end() for found in _AT.finditer(text)][:MOST_NAMED]
    if not places:
        return Mentioned((), ())
    beginnings = {
        text[place : place + length] for place in places for length in range(1, LONGEST_NAME + 1)
    }
    accounts = Q(username__in=beginnings) | Q(display_name__in=beginnings)
    names: dict[str, list[User | Unit]] = {}
    for user in User.objects.filter(accounts, is_active=True):
        for name in {user.username, user.display_name}:
            names.setdefault(name, []).append(user)
    called = Q(code__in=beginnings) | Q(name_zh__in=beginnings) | Q(name_en__in=beginnings)
    for unit in Unit.objects.filter(called, active=True):
        for name in {unit.code, unit.name_zh, unit.name_en}:
            names.setdefault(name, []).append(unit)
    people: dict[int, User] = {}
    units: dict[int, Unit] = {}
    for place in places:
        rest = text[place : place + LONGEST_NAME]
        name = max((one for one in names if one and rest.startswith(one)), key=len, default="")
        if not name:
            raise Needed(
                _("Nobody and no unit is called “%(name)s”; choose from the list after @")
                % {"name": re.split(r"[\s，。；：！？,;:!?]", rest)[0][:20]}
            )
        found = names[name]
        if len(found) > 1:
            accounts_of = ", ".join(getattr(one, "username", "") or one.code for one in found)
            raise Needed(
                _("“%(name)s” is the name of several: write one of %(accounts)s")
                % {"name": name, "accounts": accounts_of}
            )
        if isinstance(found[0], User):
            people[found[0].pk] = found[0]
        else:
            units[found[0].pk] = found[0]
    return Mentioned(tuple(people.values()), tuple(units.values()))


@transaction.atomic
def comment_case(
    case: Case, *, by: User, remark: str, seen: int | None = None, at: datetime | None = None
) -> Case:
    """Add words to a case; whoever they name is told. `seen` is not looked at: words are no step.

    `at` is when they were written, by default now.

    Raises `NotAllowed`; `Needed` without words, or with names that nobody has.
    """
    remark = remark.strip()
    if not remark:
        raise Needed(_("Write something: a comment needs words"))
    if len(remark) > MOST_WORDS:
        raise Needed(_("A comment has at most %(most)d characters") % {"most": MOST_WORDS})
    named = mentioned(remark)
    case = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    allow_case(by, "cases.comment", case)
    blind = [one for one in named.people if not _sees(one, case)]
    if blind:
        raise Needed(
            _("%(who)s does not see this case and cannot be named in it")
            % {"who": ", ".join(str(one) for one in blind)}
        )
    at = at or timezone.now()
    event = next_event(
        case,
        "comment",
        by=by,
        at=at,
        remark=remark,
        people=[one.username for one in named.people],
        units=[one.code for one in named.units],
    )
    case.save(update_fields=["events_count", "head_hash", "updated_at"])
    members = Membership.objects.filter(unit__in=named.units, user__is_active=True)
    told = {one.pk: one for one in named.people}
    told |= {one.user_id: one.user for one in members.select_related("user")}
    told.pop(by.pk, None)
    if told:
        notify(
            to=[one for one in told.values() if _sees(one, case)],
            kind="case.mention",
            title=message(
                gettext_noop("%(who)s mentions you in %(number)s"),
                who=by.display_name,
                number=case.number,
            ),
            body=remark[:300],
            link=f"/cases/{case.number}/",
            key=f"comment:{event.chain}:{event.sequence}",
        )
    return case


def _sees(user: User, case: Case) -> bool:
    return may_case(user, "cases.see", case)


@dataclass(frozen=True)
class Offer:
    """Somebody or some unit that may be named: what is written after “@”, and who that is."""

    name: str
    what: str


def offers(case: Case, typed: str, *, by: User) -> list[Offer]:
    """Whom “@” and these letters may mean on this case, at most `OFFERED` (4 SQL statements).

    Those who had a hand in the case come first.
    """
    allow_case(by, "cases.comment", case)
    people = User.objects.filter(is_active=True).exclude(pk=by.pk)
    if typed:
        people = people.filter(Q(username__istartswith=typed) | Q(display_name__icontains=typed))
    else:
        hands = Event.objects.filter(chain=case.chain, by_id__isnull=False)
        people = people.filter(pk__in=list(hands.values_list("by_id", flat=True)))
    found = [
        Offer(one.username, one.display_name)
        for one in people.order_by("display_name", "pk").prefetch_related(
            "memberships__division", "memberships__unit"
        )[: 4 * OFFERED]
        if _sees(one, case)
    ][:OFFERED]
    units = Unit.objects.filter(active=True)
    if typed:
        units = units.filter(Q(name_zh__icontains=typed) | Q(name_en__icontains=typed))
    else:
        units = units.filter(cases=case)
    found += [Offer(unit.name, "") for unit in units.order_by("code")[:OFFERED]]
    return found[:OFFERED]
