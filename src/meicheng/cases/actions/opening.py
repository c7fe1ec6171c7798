"""How a problem becomes a case, or brings an old one back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.cases.counts import contribution
from meicheng.cases.models import Case, CasePhoto
from meicheng.cases.numbers import take_number
from meicheng.cases.problems import Needed
from meicheng.cases.rules import rules
from meicheng.cases.stages import drop_stages
from meicheng.cases.text import write_texts
from meicheng.engine.space import cell_of, cells_around, distance_m
from meicheng.engine.workflow import State
from meicheng.files.models import StoredFile
from meicheng.ledger.actions import count_cases, difference
from meicheng.ledger.events import next_event
from meicheng.organisation.models import User
from meicheng.organisation.permissions import allow
from meicheng.places.models import Division, Site
from meicheng.places.time import city_day
from meicheng.standards.models import CaseKind, Item

from .stepping import add_photos, lock, step


def draft_case(
    *,
    kind: CaseKind,
    division: Division,
    reported_at: datetime,
    source: str,
    description: str = "",
    address: str = "",
    longitude: float | None = None,
    latitude: float | None = None,
    site: Site | None = None,
    item: Item | None = None,
    origin: str = "",
) -> Case:
    """A reported case that has no number yet and is not in the database (no SQL)."""
    case = Case(
        kind=kind,
        severity=max(kind.severity, item.severity if item else 0),
        description=description,
        source=source,
        division=division,
        district_id=division.district_id,
        site=site,
        item=item,
        origin=origin,
        address=address or (site.address or site.name_zh if site else ""),
        longitude=longitude if longitude is not None else (site.longitude if site else None),
        latitude=latitude if latitude is not None else (site.latitude if site else None),
        reported_at=reported_at,
    )
    if case.longitude is not None and case.latitude is not None:
        case.cell = cell_of(case.longitude, case.latitude)
    return case


@transaction.atomic
def open_case(
    *,
    kind: CaseKind,
    division: Division,
    by: User | None,
    description: str = "",
    source: str = "staff",
    address: str = "",
    longitude: float | None = None,
    latitude: float | None = None,
    site: Site | None = None,
    item: Item | None = None,
    origin: str = "",
    photos: Iterable[StoredFile] = (),
    reported_at: datetime | None = None,
    register: bool = False,
    apart: bool = False,
) -> Case:
    """Write down a problem as a case that waits to be registered.

    Where one of the same kind was closed here lately, that one comes back instead (反弹), unless
    somebody looked and says that this one stands `apart`. `by` is None for citizens and machines,
    who need no role to report. With `register` the case is registered in the same step, for
    inspectors whose finding is its own confirmation.
    """
    if by is not None:
        allow(by, "cases.open", division=division)
    at = timezone.now()
    case = draft_case(
        kind=kind,
        division=division,
        description=description,
        source=source,
        address=address,
        longitude=longitude,
        latitude=latitude,
        site=site,
        item=item,
        origin=origin,
        reported_at=reported_at or at,
    )
    earlier = None if apart else closed_here(case)
    if earlier is not None:
        return bring_back(earlier, case, by=by, photos=photos)
    case.number = take_number(city_day(at))[0]
    if register:
        case.state = State.REGISTERED
        case.registered_at = at
    case.save()
    next_event(case, "reported", by=by, at=at, kind=kind.code, source=source)
    if register:
        next_event(case, "register", by=by, at=at)
    case.save(update_fields=["events_count", "head_hash"])
    write_texts([case])
    add_photos(case, photos, moment=CasePhoto.Moment.BEFORE, by=by, at=at)
    count_cases(difference({}, contribution(case)))
    return case


def closed_here(case: Case) -> Case | None:
    """The closed case that this problem brings back: same kind, within 30 m and 30 days.

    An inspector's two different items are two problems, and so is what was seen before the closing.
    The distances and the kinds that never relapse are the pack's. 1 SQL statement; None where there
    is none. The case that is found is held until the transaction ends.
    """
    longitude, latitude, told = case.longitude, case.latitude, rules()
    if longitude is None or latitude is None or case.kind_id in told.never_relapses:
        return None
    cells = cells_around(longitude, latitude, told.relapse_within_m)
    found = Case.objects.filter(
        state=State.CLOSED,
        cell__in=cells,
        kind=case.kind_id,
        closed_at__gte=case.reported_at - told.relapse_within,
        closed_at__lte=case.reported_at,
        split_at=None,
    )
    near = [
        (metres, -one.pk, one)
        for one in found.select_for_update(of=("self",))
        if one.longitude is not None and one.latitude is not None
        and not (one.item_id and case.item_id and one.item_id != case.item_id)
        and (metres := distance_m(longitude, latitude, one.longitude, one.latitude))
        <= told.relapse_within_m
    ]  # fmt: skip
    return min(near)[2] if near else None


def bring_back(
    earlier: Case,
    seen: Case,
    *,
    by: User | None,
    photos: Iterable[StoredFile] = (),
    whence: str = "",
) -> Case:
    """Open the closed case again with what was seen; `whence` is where a file has it from."""
    with step(earlier, "relapse", by=by, remark=seen.description or seen.source, free=True) as (
        case, said, at, _facts,
    ):  # fmt: skip
        said |= {"source": seen.source, "origin": seen.origin, "from": whence}
        case.reports_count += 1
        open_again(case)
        drop_stages(case)
        add_photos(case, photos, moment=CasePhoto.Moment.BEFORE, by=by, at=at)
    return case


def relapse_case(case: Case, *, by: User, remark: str, seen: int | None = None) -> Case:
    """Say that the problem of a closed case is back: it opens again and waits for the desk (反弹)."""
    with step(case, "relapse", by=by, remark=remark, seen=seen) as (case, _said, _at, _facts):
        open_again(case)
        drop_stages(case)
    return case


def open_again(case: Case) -> None:
    """Put a closed case back to the desk, with nothing of its last way left (no SQL)."""
    case.relapsed = True
    case.closed_at = case.resolved_at = case.due_at = case.dispatched_at = None
    case.limit = ""
    case.accepted_at = case.spot_check = case.split_at = None
    case.decided_by_name, case.extension, case.sent_back_count = "", "", 0


@transaction.atomic
def add_report(case: Case, *, code: str, by: User | None = None) -> Case:
    """Note that one more report tells of this case; `code` is the report's (合并诉求)."""
    lock(case)
    case.reports_count += 1
    next_event(case, "reported_again", by=by, at=timezone.now(), report=code)
    case.save(update_fields=["reports_count", "events_count", "head_hash", "updated_at"])
    return case


@transaction.atomic
def remove_report(case: Case, *, code: str, by: User) -> Case:
    """Note that a report which was counted here tells of something else (诉求拆分)."""
    allow(by, "cases.join", division=case.division, unit=case.unit)
    lock(case)
    if case.reports_count < 2:
        raise Needed(_("It is the only report of %(number)s") % {"number": case.number})
    case.reports_count -= 1
    next_event(case, "report_removed", by=by, at=timezone.now(), report=code)
    case.save(update_fields=["reports_count", "events_count", "head_hash", "updated_at"])
    return case
