"""What people do with problem lists: make one, solve its items, strike them off, send them back.

Each is one transaction: it locks the list, checks the permission and the state, changes the row and
writes the next event of the list's chain, which `meicheng ledger verify` holds together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.files.models import StoredFile
from meicheng.ledger.events import next_event
from meicheng.organisation.models import User
from meicheng.organisation.permissions import NotAllowed, allow
from meicheng.places.models import Division
from meicheng.places.time import city_day
from meicheng.standards.models import Framework

from .drafts import BadList, Draft, Fault, checked
from .models import ListItem, ProblemList

__all__ = ["BadList", "Draft", "Fault", "make_list", "send_back", "solve", "strike_off"]

Status = ListItem.Status


def make_list(
    actor: User,
    *,
    title: str,
    source: str,
    division: Division,
    items: Sequence[Draft],
    key: str,
    framework: Framework | None = None,
    period: str = "",
    note: str = "",
) -> ProblemList:
    """Put problems on a list, each with its unit and its last day (列清单).

    The same `key` again gives the list that was made with it, so that handing a plan on twice
    makes one list. Some 8 SQL statements, however long the list.

    Raises `NotAllowed`, and `BadList` with every fault at once; then nothing has changed.
    """
    allow(actor, "lists.make", division=division)
    if source not in ProblemList.Source.values:
        raise BadList(
            _("“%(source)s” is no source of a list; expected one of %(known)s")
            % {"source": source, "known": ", ".join(ProblemList.Source.values)}
        )
    if not 0 < len(key) <= 100:
        raise BadList(_("The key of a list has 1 to 100 characters"))
    own_key = f"{actor.pk}:{key}"  # a key that somebody else used as well is another list
    known = ProblemList.objects.filter(key=own_key).first()
    if known is not None:
        return known
    at = timezone.now()
    rows = checked(items, title=title, division=division, framework=framework, today=city_day(at))
    try:
        with transaction.atomic():
            made = ProblemList.objects.create(
                code=uuid4().hex,  # until its number is known
                title=title.strip(),
                source=source,
                division=division,
                framework=framework,
                period=period[:30],
                note=note.strip()[:1000],
                made_by=actor,
                made_at=at,
                key=own_key,
            )
            made.code = f"QD-{city_day(at).year}-{made.pk:04d}"
            for row in rows:
                row.list = made
            ListItem.objects.bulk_create(rows, batch_size=500)
            next_event(
                made,
                "list_made",
                by=actor,
                at=at,
                title=made.title,
                source=source,
                items=[[row.position, row.text, row.unit.code, str(row.due)] for row in rows],
            )
            made.save(update_fields=["code", "events_count", "head_hash"])
    except IntegrityError:  # the same key at the same moment: the other one made it
        made_meanwhile = ProblemList.objects.filter(key=own_key).first()
        if made_meanwhile is None:
            raise
        return made_meanwhile
    return made


@transaction.atomic
def solve(actor: User, item: ListItem, remark: str, proof: StoredFile | None = None) -> ListItem:
    """Say that the unit has solved an item, with what was done and a photograph of it (整改).

    Raises `NotAllowed` unless `actor` works for the responsible unit, and `BadList` where the item
    does not wait for the unit or nothing is said.
    """
    item = _locked(item)
    allow(actor, "lists.solve", division=item.unit.division, unit=item.unit)
    _expect(item, Status.OPEN, Status.RETURNED)
    said = _words(remark, _("Say what was done to solve it"))
    item.status = Status.SOLVED
    item.solved_by, item.solved_at = actor, timezone.now()
    item.remark, item.proof, item.returned_reason = said, proof, ""
    _step(item, "list_item_solved", actor, remark=said, proof=proof.sha256 if proof else "")
    return item


@transaction.atomic
def strike_off(actor: User, item: ListItem, remark: str = "") -> ListItem:
    """Strike a solved item off the list, as somebody else than who solved it (销号).

    Raises `NotAllowed` for who may not, or who solved it; `BadList` where it is not solved, or
    where neither a proof is filed nor `remark` says what was seen.
    """
    item = _locked(item)
    allow(actor, "lists.strike_off", division=item.division)
    _expect(item, Status.SOLVED)
    if item.solved_by_id == actor.pk:
        raise NotAllowed(
            _("You solved this item yourself; somebody else has to check it and strike it off")
        )
    if item.proof_id is None and not remark.strip():
        raise BadList(_("No proof is filed: say what you saw yourself before you strike it off"))
    said = _words(remark) if remark.strip() else ""
    item.status = Status.STRUCK
    item.struck_by, item.struck_at, item.struck_remark = actor, timezone.now(), said
    _step(item, "list_item_struck", actor, remark=said)
    return item


@transaction.atomic
def send_back(actor: User, item: ListItem, reason: str) -> ListItem:
    """Send an item back to its unit: it is not solved, or it came back after it was struck off.

    Its deadline stays. Raises `NotAllowed` and `BadList`.
    """
    item = _locked(item)
    allow(actor, "lists.strike_off", division=item.division)
    _expect(item, Status.SOLVED, Status.STRUCK)
    said = _words(reason, _("Say why it goes back to the unit"))
    item.status = Status.RETURNED
    item.solved_by = item.solved_at = item.struck_by = item.struck_at = item.proof = None
    item.remark = item.struck_remark = ""
    item.returned_reason = said
    _step(item, "list_item_returned", actor, reason=said)
    return item


def _locked(item: ListItem) -> ListItem:
    """The item as it stands, its list held until the transaction ends."""
    ProblemList.objects.select_for_update(of=("self",)).only("pk").get(pk=item.list_id)
    rows = ListItem.objects.select_related("list", "unit__division", "division", "solved_by")
    return rows.get(pk=item.pk)


def _expect(item: ListItem, *states: str) -> None:
    if item.status not in states:
        raise BadList(
            _(
                "Item %(position)d of “%(list)s” is “%(status)s”; this can be done only while it is %(expected)s"
            )
            % {
                "position": item.position,
                "list": item.list,
                "status": item.get_status_display(),
                "expected": " / ".join(f"“{Status(state).label}”" for state in states),
            }
        )


def _words(text: str, needed: str = "") -> str:
    """A remark as it is kept; raises `BadList` with `needed` where there is none."""
    text = text.strip()
    if needed and not text:
        raise BadList(needed)
    if len(text) > 500:
        raise BadList(_("The text is longer than 500 characters"))
    return text


def _step(item: ListItem, verb: str, by: User, **data: Any) -> None:
    """Save a changed item and write it into the list's chain."""
    item.save()
    next_event(item.list, verb, by=by, at=timezone.now(), item=item.position, **data)
    item.list.save(update_fields=["events_count", "head_hash"])
