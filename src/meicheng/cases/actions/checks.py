"""Whether reported work holds: seen on the spot, on its photograph, or by whoever reported it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.cases.counts import contribution
from meicheng.cases.models import Case, CasePhoto
from meicheng.cases.problems import Needed
from meicheng.cases.stages import reopen_last_stage, run_on
from meicheng.files.models import StoredFile
from meicheng.ledger.actions import count_cases, difference
from meicheng.ledger.events import next_event
from meicheng.organisation.models import User

from .stepping import add_photos, lock, step


def verify_case(
    case: Case,
    *,
    by: User,
    photos: Iterable[StoredFile],
    remark: str = "",
    seen: int | None = None,
) -> Case:
    """Confirm on the spot, with a photograph, that the problem is gone (核查)."""
    photos = list(photos)
    with step(case, "verify", by=by, remark=remark, seen=seen, photos=photos) as (
        case, said, at, _facts,
    ):  # fmt: skip
        said["photos"] = [photo.sha256 for photo in photos]
        add_photos(case, photos, moment=CasePhoto.Moment.CHECK, by=by, at=at)
        if case.spot_check:
            case.spot_checks.filter(failed=None).update(failed=False, seen_at=at)
    return case


def pass_photo_case(case: Case, *, by: User, remark: str = "", seen: int | None = None) -> Case:
    """Confirm at the desk, on the unit's photograph, what the draw did not send to the spot."""
    with step(case, "pass_photo", by=by, remark=remark, seen=seen) as (case, _said, _at, _facts):
        pass
    return case


def redo_case(case: Case, *, by: User, remark: str, seen: int | None = None) -> Case:
    """Send the case back to its unit because the problem is still there (返工)."""
    with step(case, "redo", by=by, remark=remark, seen=seen) as (case, said, at, _facts):
        if case.spot_check:
            case.spot_checks.filter(failed=None).update(failed=True, seen_at=at)
        case.redo_count += 1
        reopen_last_stage(case)
        run_on(case, case.resolved_at, at, said)
        case.resolved_at = case.spot_check = None
    return case


@transaction.atomic
def rate_case(case: Case, *, rating: int, remark: str = "") -> Case:
    """Note how satisfied whoever reported it is with the result, 1 to 5."""
    if rating not in range(1, 6):
        raise Needed(_("A rating is a number from 1 to 5"))
    lock(case)
    before = contribution(case)
    case.rating = rating
    next_event(case, "rated", by=None, at=timezone.now(), rating=rating, remark=remark)
    case.save(update_fields=["rating", "events_count", "head_hash", "updated_at"])
    count_cases(difference(before, contribution(case)))
    return case
