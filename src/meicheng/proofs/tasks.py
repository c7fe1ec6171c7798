"""What the worker does with each photograph of a case: note it, ask about it, hide faces in it."""

from __future__ import annotations

from datetime import datetime

from meicheng.cases.models import Case, CasePhoto
from meicheng.ledger.followers import follow
from meicheng.ledger.models import Event

from .actions import note_use
from .models import Use
from .public import prepare


@follow("proofs.photographs", ["reported", "reported_again", "resolve", "verify", "redo"])
def look_at_photographs(event: Event) -> None:
    """Look at the photographs of a case that were not looked at; most events have none."""
    what, _colon, key = event.chain.partition(":")
    if what != "case":
        return
    photos = (
        CasePhoto.objects.filter(case__pk=int(key))
        .select_related("file", "case__kind", "case__division", "case__unit")
        .order_by("added_at", "pk")
    )
    found = list(photos)
    if not found:
        return
    known = set(Use.objects.filter(about=event.chain).values_list("file_id", "moment"))
    for photo in found:
        if (photo.file_id, photo.moment) not in known:
            note_use(use_of(photo))
            prepare(photo.file)


def use_of(photo: CasePhoto) -> Use:
    """What a photograph of a case is to prove, not yet in the database."""
    case = photo.case
    return Use(
        file=photo.file,
        about=case.chain,
        moment=photo.moment,
        label=f"{case.number} {case.kind.name_zh}",
        href=f"/cases/{case.number}/",
        at=photo.added_at,
        not_before=_work_began(case, photo),
        longitude=case.longitude,
        latitude=case.latitude,
        division=case.division,
        unit=case.unit,
    )


def _work_began(case: Case, photo: CasePhoto) -> datetime | None:
    """An after-photograph is taken once the unit has the case; a check, once it is resolved."""
    if photo.moment == CasePhoto.Moment.AFTER:
        return case.dispatched_at
    if photo.moment == CasePhoto.Moment.CHECK:
        return case.resolved_at
    return None
