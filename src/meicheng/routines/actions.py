"""What people do with routines: order one, do what came, make it rarer, end it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, BinaryIO
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.files.actions import store_photo
from meicheng.ledger.events import next_event
from meicheng.organisation.models import Unit, User
from meicheng.organisation.permissions import allow
from meicheng.places.models import Division, SiteKind
from meicheng.places.time import city_day
from meicheng.standards.models import Item

from .making import go_on, sites_of
from .models import Occurrence, Routine
from .rhythm import HIGHEST, thinner

MOST_ITEMS = 5  # a short form
MOST_SITES = 500
MOST_GRACE = 14


class BadRoutine(ValueError):
    """Something that cannot be done with a routine now; the message says why."""


def order_routine(
    actor: User,
    *,
    title: str,
    unit: Unit,
    division: Division,
    rhythm: str,
    number: int,
    begins: date,
    key: str,
    site_kind: SiteKind | None = None,
    items: Sequence[Item] = (),
    photo: bool = False,
    grace: int = 0,
    ends: date | None = None,
    note: str = "",
) -> Routine:
    """Order a routine for a unit: at each site of a kind in the division, or for it as a whole.

    rhythm and number: see `rhythm.days_of`. grace: days after its day on which it may still be
    done. The same `key` again gives the routine that was ordered with it. Raises `NotAllowed`, and
    `BadRoutine`; then nothing has changed.
    """
    allow(actor, "routines.order", division=division)
    if not 0 < len(key) <= 100:
        raise BadRoutine(_("The key of a routine has 1 to 100 characters"))
    own_key = f"{actor.pk}:{key}"
    known = Routine.objects.filter(key=own_key).first()
    if known is not None:
        return known
    at = timezone.now()
    today = city_day(at)
    _check(title, rhythm, number, grace, items, note)
    if begins < today or (ends is not None and ends < begins):
        raise BadRoutine(_("It begins today or later, and ends after it began"))
    if not unit.active:
        raise BadRoutine(_("%(unit)s does not work any more") % {"unit": unit.name})
    if not photo and not items:
        raise BadRoutine(_("Ask for a photograph or for something to look at"))
    try:
        with transaction.atomic():
            made = Routine.objects.create(
                code=uuid4().hex,  # until its number is known
                title=title.strip(),
                note=note.strip(),
                unit=unit,
                division=division,
                site_kind=site_kind,
                photo=photo,
                rhythm=rhythm,
                number=number,
                grace=grace,
                since=begins,
                ends=ends,
                made_until=begins - timedelta(days=1),
                told_until=begins - timedelta(days=1),
                made_by=actor,
                made_at=at,
                key=own_key,
            )
            if not 0 < len(sites_of(made)) <= MOST_SITES:
                raise BadRoutine(
                    _("There are %(count)d such sites there; expected 1 to %(most)d")
                    % {"count": len(sites_of(made)), "most": MOST_SITES}
                )
            made.code = f"CT-{today.year}-{made.pk:04d}"
            made.items.set(items)
            asked = [item.code for item in items]
            said = {"title": made.title, "unit": unit.code, "division": division.code,
                    "site_kind": made.site_kind_id, "rhythm": rhythm, "number": number,
                    "begins": str(begins), "items": asked, "photo": photo}  # fmt: skip
            _step(made, "routine_ordered", actor, **said)
            go_on(made.pk, today)
    except IntegrityError:  # the same key came twice at once
        return Routine.objects.get(key=own_key)
    made.refresh_from_db()
    return made


@transaction.atomic
def do_occurrence(
    actor: User,
    occurrence: Occurrence,
    *,
    answers: Mapping[str, str],
    remark: str = "",
    photo: BinaryIO | None = None,
    photo_name: str = "",
) -> Occurrence:
    """Do what a routine asks for, as its unit, until the last day; what is missed stays missed.

    answers: "yes" or "no" by the code of each item. Raises `NotAllowed`, `BadRoutine`, and
    `BadFile` for what is no photograph; then nothing has changed.
    """
    routine = _locked(occurrence.routine_id)
    allow(actor, "routines.do", division=routine.division, unit=routine.unit)
    one = Occurrence.objects.select_for_update(of=("self",)).get(pk=occurrence.pk)
    at = timezone.now()
    state = one.state(city_day(at))
    if state == "done":
        raise BadRoutine(_("It is done already"))
    if state == "missed":
        raise BadRoutine(_("Its last day was %(day)s: it is missed") % {"day": one.due})
    if state == "later":
        raise BadRoutine(_("Its day is %(day)s: it cannot be done before") % {"day": one.day})
    items = list(routine.items.all())
    for item in items:
        if answers.get(item.code) not in {"yes", "no"}:
            raise BadRoutine(_("%(item)s: answer yes or no") % {"item": item.name})
    if routine.photo and photo is None:
        raise BadRoutine(_("A photograph is asked for"))
    if len(remark) > 500:
        raise BadRoutine(_("A remark has at most 500 characters"))
    if photo is not None:
        one.photo = store_photo(photo, by=actor, name=photo_name)
    one.answers = {item.code: answers[item.code] for item in items}
    one.remark = remark.strip()
    one.done_at, one.done_by = at, actor
    one.save()
    said = {"day": str(one.day), "site": one.site.code if one.site else None,
            "answers": one.answers, "remark": one.remark,
            "photo": one.photo.sha256 if one.photo else None}  # fmt: skip
    _step(routine, "routine_done", actor, **said)
    return one


@transaction.atomic
def thin_routine(actor: User, routine: Routine, reason: str) -> Routine:
    """Make a routine rarer from tomorrow on: weekly, every two weeks, half as often.

    Raises `NotAllowed`, and `BadRoutine` where it is over or cannot be rarer.
    """
    routine = _locked(routine.pk)
    allow(actor, "routines.order", division=routine.division)
    today = city_day(timezone.now())
    if routine.since > today:
        raise BadRoutine(
            _("Its rhythm begins on %(day)s: wait until then") % {"day": routine.since}
        )
    rarer = thinner(routine.rhythm, routine.number, today=today)
    if rarer is None or routine.is_over(today):
        raise BadRoutine(_("It is over, or cannot come any more rarely: end it"))
    _drop_later(routine, today)
    routine.rhythm, routine.number, routine.since = rarer
    routine.made_until = today
    said = {"rhythm": routine.rhythm, "number": routine.number, "since": str(routine.since)}
    _step(routine, "routine_thinned", actor, reason=_reason(reason), **said)
    go_on(routine.pk, today)
    routine.refresh_from_db()
    return routine


@transaction.atomic
def end_routine(actor: User, routine: Routine, reason: str) -> Routine:
    """End a routine with today; what came before stays. Raises `NotAllowed` and `BadRoutine`."""
    routine = _locked(routine.pk)
    allow(actor, "routines.order", division=routine.division)
    today = city_day(timezone.now())
    if routine.is_over(today):
        raise BadRoutine(_("It is over already"))
    _drop_later(routine, today)
    routine.ends = today
    return _step(routine, "routine_ended", actor, reason=_reason(reason), last=str(today))


def _check(
    title: str, rhythm: str, number: int, grace: int, items: Sequence[Item], note: str
) -> None:
    """Raise `BadRoutine` for what cannot be."""
    if not title.strip() or len(title) > 120 or len(note) > 500:
        raise BadRoutine(_("A title has 1 to 120 characters, a note at most 500"))
    lowest = 0 if rhythm == Routine.Rhythm.WORKING else 1
    if rhythm not in HIGHEST or not lowest <= number <= HIGHEST[rhythm]:
        raise BadRoutine(
            _("A weekday is 1 (Monday) to 7, a day of the month 1 to 31, and every 1 to 180 days")
        )
    if not 0 <= grace <= MOST_GRACE:
        raise BadRoutine(_("It may be done up to %(most)d days later") % {"most": MOST_GRACE})
    if len(items) > MOST_ITEMS:
        raise BadRoutine(_("A short form asks for at most %(most)d things") % {"most": MOST_ITEMS})


def _reason(reason: str) -> str:
    if not reason.strip() or len(reason) > 500:
        raise BadRoutine(_("Say why, in 1 to 500 characters"))
    return reason.strip()


def _drop_later(routine: Routine, today: date) -> None:
    """What was to come after today was asked of nobody yet."""
    Occurrence.objects.filter(routine=routine, day__gt=today, done_at=None).delete()


def _locked(pk: int) -> Routine:
    """The routine as it stands, held until the transaction ends."""
    held = Routine.objects.select_for_update(of=("self",)).filter(pk=pk)
    return held.select_related("division", "unit__division").get()


def _step(routine: Routine, verb: str, by: User, **data: Any) -> Routine:
    next_event(routine, verb, by=by, at=timezone.now(), **data)
    routine.save()
    return routine
