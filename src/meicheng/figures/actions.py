"""What people do with figures: enter them, all or none; record what rules out, or nearly did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.files.models import StoredFile
from meicheng.ledger.actions import new_observation, observe
from meicheng.ledger.events import write_event
from meicheng.ledger.frozen import Frozen, hold_city
from meicheng.ledger.models import Observation
from meicheng.organisation.models import Unit, User
from meicheng.organisation.permissions import allow
from meicheng.places.models import Division
from meicheng.places.time import city_day
from meicheng.standards.models import Item

from .models import NearMiss

OCCURRED, CLEARED = "occurred", "cleared"


class BadFigure(ValueError):
    """Figures that are not taken; `faults` say which and why, by the item's code."""

    def __init__(self, faults: dict[str, str]) -> None:
        self.faults = faults
        super().__init__(
            "; ".join(f"{code}: {said}" if code else said for code, said in faults.items())
        )


@dataclass(frozen=True)
class Entry:
    """A figure as it was read: a number, or a rate as its share with the number it is of."""

    item: Item
    value: str
    number: float | None
    weight: float = 1.0
    source: str = ""
    remark: str = ""


@transaction.atomic
def enter(
    actor: User,
    division: Division,
    day: date,
    entries: Sequence[Entry],
    *,
    key: str,
    unit: Unit | None = None,
) -> list[Observation]:
    """Write figures of a place for a day, all of them or none (some 8 SQL statements).

    A figure of the same item, place and day takes the place of the one before, which stays on
    record. The same `key` again writes nothing and gives what was written.

    Raises `NotAllowed`, and `BadFigure` for a day to come, a closed period, and what is twice.
    """
    allow(actor, "figures.enter", division=division, unit=unit)
    origin = f"figures:{actor.pk}:{key}"[:60]
    Division.objects.select_for_update().get(pk=division.pk)
    known = list(Observation.objects.filter(origin=origin).select_related("item"))
    if known:
        return known
    at = _moment(day)
    faults = _faults(division, day, at, entries)
    if faults:
        raise BadFigure(faults)
    items = [entry.item for entry in entries]
    before = {
        one.item_id: one
        for one in Observation.objects.standing()
        .filter(
            item__in=items,
            division=division,
            site=None,
            observed_at=at,
        )
        .order_by("pk")
    }
    return observe(
        [
            new_observation(
                item=entry.item,
                division=division,
                unit=unit,
                observed_at=at,
                value=entry.value,
                number=entry.number,
                weight=entry.weight,
                source=entry.source.strip()[:120] or actor.display_name[:120],
                origin=origin,
                remark=entry.remark.strip()[:500],
                by=actor,
                replaces=before.get(entry.item.pk),
            )
            for entry in entries
        ]
    )


@transaction.atomic
def record_event(
    actor: User,
    item: Item,
    division: Division,
    *,
    happened_on: date,
    occurred: bool,
    words: str,
    key: str,
    proof: StoredFile | None = None,
) -> Observation:
    """Say that what rules out has occurred, with its proof, or that it has not or is cleared.

    Raises `NotAllowed`, and `BadFigure` without words, without a proof of what occurred, for a day
    to come or in a closed period.
    """
    allow(actor, "vetoes.record", division=division)
    origin = f"veto:{actor.pk}:{key}"[:60]
    hold_city()
    known = Observation.objects.filter(origin=origin).first()
    if known is not None:
        return known
    at = _moment(happened_on)
    said = words.strip()
    faults = _faults(division, happened_on, at, [])
    if not 0 < len(said) <= 500:
        faults["words"] = _("Say what is known, in 1 to 500 characters")
    if occurred and proof is None:
        faults["proof"] = _("Add the document that proves it")
    if faults:
        raise BadFigure(faults)
    (written,) = observe(
        [
            new_observation(
                item=item,
                division=division,
                observed_at=at,
                value=OCCURRED if occurred else CLEARED,
                source=actor.display_name[:120],
                origin=origin,
                remark=said,
                photo=proof,
                by=actor,
            )
        ]
    )
    data = {
        "item": item.code,
        "division": division.code,
        "on": str(happened_on),
        "word": written.value,
        "said": said,
        "proof": proof.sha256 if proof else "",
    }
    write_event("vetoes", "veto_recorded", by=actor, data=data)
    return written


@transaction.atomic
def record_near_miss(
    actor: User, item: Item, division: Division, *, happened_on: date, words: str, key: str
) -> NearMiss:
    """Write down what nearly ruled a standard out. Raises `NotAllowed` and `BadFigure`."""
    allow(actor, "vetoes.record", division=division)
    own_key = f"{actor.pk}:{key}"[:120]
    hold_city()
    known = NearMiss.objects.filter(key=own_key).first()
    if known is not None:
        return known
    said = words.strip()
    faults = {}
    if not 0 < len(said) <= 500:
        faults["words"] = _("Say what is known, in 1 to 500 characters")
    if happened_on > city_day(timezone.now()):
        faults["happened_on"] = _("lies in the future")
    if faults:
        raise BadFigure(faults)
    made = NearMiss.objects.create(
        item=item,
        division=division,
        happened_on=happened_on,
        words=said,
        recorded_by=actor,
        recorded_at=timezone.now(),
        key=own_key,
    )
    data = {"item": item.code, "division": division.code, "on": str(happened_on), "said": said}
    write_event("vetoes", "near_miss_recorded", by=actor, data=data)
    return made


def _faults(
    division: Division, day: date, at: datetime, entries: Sequence[Entry]
) -> dict[str, str]:
    if day > city_day(timezone.now()):
        return {"": _("lies in the future")}
    closed = Frozen.now().over(at, division)
    if closed is not None:
        return {"": closed.refusal}
    seen: set[str] = set()
    faults = {}
    for entry in entries:
        if entry.item.code in seen:
            faults[entry.item.code] = _("is given twice")
        seen.add(entry.item.code)
    return faults


def _moment(day: date) -> datetime:
    """Noon of a day in the city."""
    return timezone.make_aware(datetime.combine(day, time(12)))
