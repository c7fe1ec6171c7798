"""What inspectors do: record a visit, correct an answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from meicheng.cases.actions import open_case
from meicheng.cases.models import FINAL_STATES, Case
from meicheng.files.models import StoredFile
from meicheng.ledger.actions import new_observation, observe
from meicheng.ledger.models import Observation
from meicheng.organisation.models import User
from meicheng.organisation.permissions import allow
from meicheng.places.models import Site
from meicheng.standards.models import Item

from .models import Stop, Visit
from .rounds import tick_off
from .tasks import look_at_photographs

COUNTED = {"yes": "passed", "no": "failed", "na": "not_applicable"}
CLOCKS_DIFFER = timedelta(minutes=5)  # a phone's clock may run ahead of ours


class BadVisit(ValueError):
    """A visit that cannot be recorded; `item` is the code of the answer at fault, if one is."""

    def __init__(self, message: str, item: str = "") -> None:
        super().__init__(message)
        self.item = item


@dataclass(frozen=True)
class Answer:
    """What was seen of one item: "yes", "no" or "na", with a photograph where one was taken."""

    item: Item
    value: str
    remark: str = ""
    photo: StoredFile | None = None


@transaction.atomic
def record_visit(
    *,
    site: Site,
    by: User,
    answers: Sequence[Answer],
    visited_at: datetime | None = None,
    reason: str = Visit.Reason.ROUTINE,
    remark: str = "",
    key: str = "",
    stop: Stop | None = None,
) -> Visit:
    """Write down a visit: its answers as observations, and a case for each failed item.

    One look serves every criterion that its item names, in whatever standard. An item that fails
    where it is already an open case opens no second one. Only a visit that a plan drew
    (`Visit.Reason.SAMPLE`) estimates a share. The same `key` again gives the same visit. A visit to
    the `stop` of a round has the round's reason and ticks the stop off.

    Raises `NotAllowed` and `BadVisit`; then nothing has changed.
    """
    allow(by, "visits.write", division=site.division)
    at = timezone.now()
    visited_at = visited_at or at
    # Whoever visits the same site at the same moment waits: no case is opened twice.
    site = Site.objects.select_for_update(of=("self",)).select_related("division").get(pk=site.pk)
    number = f"form:{key}" if key else None
    if number is not None:
        known = Visit.objects.filter(external_number=number).first()
        if known is not None:
            return known
    check_answers(site, answers, visited_at, at)
    if stop is not None:
        stop = _asked(stop, site)
        reason = stop.round.reason
    counts = Counter(COUNTED[answer.value] for answer in answers)
    visit = Visit.objects.create(
        site=site,
        visited_at=visited_at,
        by=by,
        by_name=by.display_name,
        reason=reason,
        remark=remark,
        external_number=number,
        **counts,
    )
    observe([_observation(visit, answer, by) for answer in answers])
    _open_cases(visit, [answer for answer in answers if answer.value == "no"], by)
    tick_off(visit, stop, by=by)
    if any(answer.photo for answer in answers):
        look_at_photographs.enqueue(visit.pk)
    return visit


@transaction.atomic
def correct_answer(
    observation: Observation, *, by: User, value: str, remark: str, photo: StoredFile | None = None
) -> Observation:
    """Say that an answer of a visit was wrong: a new one takes its place, the old one stays.

    Raises `NotAllowed` and `BadVisit`.
    """
    visit = _visit_of(observation)
    allow(by, "visits.write", division=visit.site.division)
    visit = Visit.objects.select_for_update(of=("self",)).get(pk=visit.pk)
    if Observation.objects.filter(replaces=observation).exists():
        raise BadVisit(_("This answer was corrected meanwhile; look again"))
    if value not in COUNTED or value == observation.value:
        raise BadVisit(_("Choose another answer than the one that stands"))
    if not remark.strip():
        raise BadVisit(_("Say why the answer was wrong"))
    answer = Answer(observation.item, value, remark, photo)
    written = _observation(visit, answer, by)
    written.replaces = observation
    (written,) = observe([written])
    for name, change in ((COUNTED[observation.value], -1), (COUNTED[value], 1)):
        setattr(visit, name, getattr(visit, name) + change)
    visit.save(update_fields=sorted(set(COUNTED.values())))
    if value == "no":
        _open_cases(visit, [answer], by)
    if photo is not None:
        look_at_photographs.enqueue(visit.pk)
    return written


def check_answers(
    site: Site, answers: Sequence[Answer], visited_at: datetime, at: datetime
) -> None:
    """Raise `BadVisit` for what cannot be recorded at this site (1 SQL statement)."""
    if visited_at > at + CLOCKS_DIFFER:
        raise BadVisit(
            _("The visit lies in the future (%(at)s); expected a time up to now")
            % {"at": date_format(timezone.localtime(visited_at), "SHORT_DATETIME_FORMAT")}
        )
    if not answers:
        raise BadVisit(_("Answer at least one item"))
    asked = set(Item.objects.filter(site_kinds=site.kind_id).values_list("pk", flat=True))
    seen: set[int] = set()
    for answer in answers:
        item = answer.item
        if item.pk not in asked:
            raise BadVisit(
                _("“%(item)s” is not looked at on a site of the kind “%(kind)s”")
                % {"item": item.name, "kind": site.kind.name},
                item.code,
            )
        if item.pk in seen:
            raise BadVisit(_("“%(item)s” is answered twice") % {"item": item.name}, item.code)
        seen.add(item.pk)
        if answer.value not in COUNTED:
            raise BadVisit(
                _("“%(value)s” is no answer to “%(item)s”; expected yes, no or na")
                % {"value": answer.value[:40], "item": item.name},
                item.code,
            )
        if answer.photo is None and needs_photo(item, answer.value):
            raise BadVisit(
                _("Add a photograph to “%(item)s”: it shows what was found") % {"item": item.name},
                item.code,
            )


def needs_photo(item: Item, value: str) -> bool:
    """Whether this answer to the item must come with a photograph."""
    if value == "na" or item.photo == Item.Photo.NO:
        return False
    return value == "no" or item.photo == Item.Photo.ALWAYS


def _asked(stop: Stop, site: Site) -> Stop:
    """The stop as it stands, if it is at this site and nobody was there for it."""
    found = Stop.objects.select_related("round", "visit").get(pk=stop.pk)
    if found.site_id != site.pk:
        raise BadVisit(_("The round asks for another site"))
    if found.visit is not None:
        at = date_format(timezone.localtime(found.visit.visited_at), "SHORT_DATETIME_FORMAT")
        raise BadVisit(_("Somebody was here for this round already (%(at)s)") % {"at": at})
    return found


def _observation(visit: Visit, answer: Answer, by: User) -> Observation:
    return new_observation(
        item=answer.item,
        site=visit.site,
        division=visit.site.division,
        observed_at=visit.visited_at,
        value=answer.value,
        weight=visit.weight,
        sampled=visit.reason == Visit.Reason.SAMPLE,
        source=visit.by_name,
        origin=visit.origin,
        remark=answer.remark[:500],
        photo=answer.photo,
        by=by,
    )


def _open_cases(visit: Visit, failed: Sequence[Answer], by: User) -> None:
    """A registered case for each failed item that is not an open case at this site already."""
    site = visit.site
    open_here = set(
        Case.objects.filter(site=site, item__in=[answer.item for answer in failed])
        .exclude(state__in=FINAL_STATES)
        .values_list("item_id", flat=True)
    )
    for answer in failed:
        item = answer.item
        if item.opens is None or item.pk in open_here:
            continue
        open_here.add(item.pk)
        said = f"：{answer.remark}" if answer.remark else ""
        open_case(
            kind=item.opens,
            division=site.division,
            by=by,
            description=f"{site.name_zh}，{item.name_zh}——不合格{said}",
            source="inspection",
            origin=visit.origin,
            site=site,
            item=item,
            photos=[answer.photo] if answer.photo else [],
            reported_at=visit.visited_at,
            register=True,
        )


def _visit_of(observation: Observation) -> Visit:
    found = (
        Visit.objects.select_related("site__division", "site__kind")
        .filter(pk=observation.origin.removeprefix("visit:") or 0)
        .first()
        if observation.origin.startswith("visit:")
        else None
    )
    if found is None:
        raise BadVisit(_("This answer comes from no visit; correct it where it was imported"))
    return found
