"""What units do: the one that leads, and those that do a part."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from meicheng.cases.models import Case, CasePhoto, Support
from meicheng.cases.problems import Needed
from meicheng.cases.rules import chance_on_the_spot
from meicheng.cases.stages import drop_stages, finish_next_stage, finish_stages
from meicheng.cases.units import check_unit
from meicheng.files.models import StoredFile
from meicheng.organisation.models import Unit, User
from meicheng.organisation.permissions import scope

from .stepping import add_photos, step, take_up


def accept_case(case: Case, *, by: User, remark: str = "", seen: int | None = None) -> Case:
    """Say as the unit that the case is ours (签收)."""
    with step(case, "accept", by=by, remark=remark, seen=seen) as (case, _said, at, _facts):
        take_up(case, at)
    return case


def start_case(case: Case, *, by: User, remark: str = "", seen: int | None = None) -> Case:
    """Say that the work has begun."""
    with step(case, "start", by=by, remark=remark, seen=seen) as (case, _said, at, _facts):
        take_up(case, at)
    return case


def send_back_case(case: Case, *, by: User, remark: str, seen: int | None = None) -> Case:
    """Return the case as not ours, with the reason; the desk finds another unit (退回).

    After the third time the coordination group decides.
    """
    with step(case, "send_back", by=by, remark=remark, seen=seen) as (case, said, at, _facts):
        take_up(case, at)
        said["unit"] = case.unit.code if case.unit else ""
        case.sent_back_count += 1
        case.unit = None
        case.due_at = case.dispatched_at = case.accepted_at = None
        case.limit = ""
        drop_stages(case)
    return case


def finish_stage_case(
    case: Case,
    *,
    by: User,
    photos: Iterable[StoredFile],
    remark: str = "",
    seen: int | None = None,
) -> Case:
    """Report the stage that is next as done, with a photograph (完成阶段)."""
    photos = list(photos)
    with step(case, "finish_stage", by=by, remark=remark, seen=seen, photos=photos) as (
        case, said, at, _facts,
    ):  # fmt: skip
        stage = finish_next_stage(case, at, by)
        said |= {"stage": stage.position, "photos": [photo.sha256 for photo in photos]}
        add_photos(case, photos, moment=CasePhoto.Moment.AFTER, by=by, at=at)
    return case


def support_case(case: Case, *, to: Unit, by: User, remark: str, seen: int | None = None) -> Case:
    """Ask another unit to do a part of the case, in words (协办)."""
    with step(case, "support", by=by, remark=remark, seen=seen) as (case, said, at, _facts):
        check_unit(case, to)
        if to.pk == case.unit_id:
            raise Needed(_("%(unit)s leads this case; choose another unit") % {"unit": to.name})
        if case.supports.filter(unit=to).exists():
            raise Needed(_("%(unit)s does a part of this case already") % {"unit": to.name})
        Support.objects.create(case=case, unit=to, part=remark.strip(), asked_at=at)
        said["unit"] = to.code
    return case


def part_done_case(case: Case, *, by: User, remark: str, seen: int | None = None) -> Case:
    """Say as a supporting unit that our part is done (协办完成)."""
    with step(case, "part_done", by=by, remark=remark, seen=seen) as (case, said, at, _facts):
        units = scope(by, "cases.part_done").unit_ids
        part = case.supports.filter(unit__in=units, done_at=None).select_related("unit").first()
        if part is None:
            raise Needed(_("No part of this case is open for your unit"))
        part.done_at, part.by_name, part.result = at, by.display_name, remark.strip()
        part.save(update_fields=["done_at", "by_name", "result"])
        said["unit"] = part.unit.code
    return case


def resolve_case(
    case: Case,
    *,
    by: User,
    photos: Iterable[StoredFile],
    remark: str = "",
    seen: int | None = None,
) -> Case:
    """Report the work as done, with a photograph that shows it (处置反馈).

    While a supporting unit's part is open the remark says why the whole is finished without it.
    The event decides by its hash whether the result is seen on the spot.
    """
    photos = list(photos)
    with step(case, "resolve", by=by, remark=remark, seen=seen, photos=photos) as (
        case, said, at, facts,
    ):  # fmt: skip
        take_up(case, at)
        case.resolved_at = at
        case.outcome = remark
        said["photos"] = [photo.sha256 for photo in photos]
        said["without"] = list(facts.parts_open)
        said["chance"] = chance_on_the_spot(case.kind, case.severity)
        finish_stages(case, at, by)
        add_photos(case, photos, moment=CasePhoto.Moment.AFTER, by=by, at=at)
    return case
