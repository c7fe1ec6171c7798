"""What people do with chronic places: plan, do what was planned, strike off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.ledger.events import next_event
from meicheng.organisation.models import Unit, User
from meicheng.organisation.permissions import NotAllowed, allow
from meicheng.places.time import city_day

from .models import ChronicPlace, Measure

State = ChronicPlace.State
MOST = 12


class BadChronic(ValueError):
    """Something that cannot be done with a chronic place now; the message says why."""


@dataclass(frozen=True)
class Step:
    """A measure before it is kept."""

    text: str
    due: date


@transaction.atomic
def plan(
    actor: User, place: ChronicPlace, *, unit: Unit, post: str, cause: str, steps: Sequence[Step]
) -> ChronicPlace:
    """Give a chronic place its owner (a unit and a post in it), its root cause and a plan.

    A plan may be made anew until the place is struck off; measures that were done stay.
    Raises `NotAllowed`, and `BadChronic` with what is missing; then nothing has changed.
    """
    place = _locked(place)
    allow(actor, "chronic.plan", division=place.division, unit=place.unit)
    if place.state == State.STRUCK:
        raise BadChronic(_("It was struck off: there is nothing to plan any more"))
    if not post.strip() or len(post) > 60:
        raise BadChronic(_("Name the post that answers for it, in 1 to 60 characters"))
    if not cause.strip() or len(cause) > 1000:
        raise BadChronic(_("Say what the root cause is, in 1 to 1000 characters"))
    at = timezone.now()
    wanted = [one for one in steps if one.text.strip()]
    if not 0 < len(wanted) <= MOST:
        raise BadChronic(_("A plan has 1 to %(most)d measures, each with a day") % {"most": MOST})
    for one in wanted:
        if len(one.text) > 300 or one.due < city_day(at):
            raise BadChronic(
                _("%(measure)s: expected at most 300 characters and a day that is not over")
                % {"measure": one.text[:40]}
            )
    place.unit, place.post, place.cause = unit, post.strip(), cause.strip()
    place.state, place.planned_by = State.PLANNED, actor
    place.measures.filter(done_at=None).delete()
    first = place.measures.count()
    Measure.objects.bulk_create(
        Measure(place=place, position=first + number, text=one.text.strip(), due=one.due)
        for number, one in enumerate(wanted, 1)
    )
    planned = [[one.text.strip(), str(one.due)] for one in wanted]
    said = {"unit": unit.code, "post": place.post, "cause": place.cause, "measures": planned}
    return _step(place, "chronic_planned", actor, **said)


@transaction.atomic
def do_measure(actor: User, measure: Measure, remark: str) -> ChronicPlace:
    """Say as the owner that a measure is done, and how. Raises `NotAllowed` and `BadChronic`."""
    place = _locked(measure.place)
    allow(actor, "chronic.do", division=place.division, unit=place.unit)
    measure = place.measures.get(pk=measure.pk)
    if measure.done_at is not None or place.state != State.PLANNED:
        raise BadChronic(_("This measure does not wait to be done"))
    if not remark.strip() or len(remark) > 500:
        raise BadChronic(_("Say what was done, in 1 to 500 characters"))
    measure.done_at, measure.done_by = timezone.now(), actor
    measure.remark = remark.strip()
    measure.save()
    said = {"measure": measure.position, "remark": measure.remark}
    return _step(place, "chronic_done", actor, **said)


@transaction.atomic
def strike_off(actor: User, place: ChronicPlace, remark: str) -> ChronicPlace:
    """Strike a place off after its watch, as another person than who planned (销号).

    Raises `NotAllowed` for who may not or who planned it, and `BadChronic` while it has no plan, a
    measure is not done, a case is open, or the watch is not over.
    """
    place = _locked(place)
    allow(actor, "chronic.strike_off", division=place.division)
    if place.planned_by_id == actor.pk:
        raise NotAllowed(
            _("You planned for this place yourself; somebody else has to see it and strike it off")
        )
    if place.state != State.PLANNED or place.measures.filter(done_at=None).exists():
        raise BadChronic(_("It has no plan, or something of its plan is not done"))
    until = place.watched_until
    if until is None:
        raise BadChronic(_("A case is open there: it is watched from the last closing on"))
    if city_day(timezone.now()) <= until:
        raise BadChronic(_("It is watched until %(day)s") % {"day": until})
    if not remark.strip() or len(remark) > 500:
        raise BadChronic(_("Say what you saw on the spot, in 1 to 500 characters"))
    place.state = State.STRUCK
    place.struck_by, place.struck_at = actor, timezone.now()
    place.struck_remark = remark.strip()
    return _step(place, "chronic_struck", actor, remark=place.struck_remark)


def _locked(place: ChronicPlace) -> ChronicPlace:
    """The place as it stands, held until the transaction ends."""
    held = ChronicPlace.objects.select_for_update(of=("self",)).filter(pk=place.pk)
    return held.select_related("division", "unit__division", "kind").get()


def _step(place: ChronicPlace, verb: str, by: User, **data: Any) -> ChronicPlace:
    next_event(place, verb, by=by, at=timezone.now(), **data)
    place.save()
    return place
