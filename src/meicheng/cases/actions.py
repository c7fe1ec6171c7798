"""What people do with cases: one function for one thing, one transaction each.

Every function locks the case, checks the permission and the state against the workflow's table,
changes the row, moves the counts and writes the event, in this order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.engine.space import cell_of
from meicheng.engine.workflow import State, check, transition
from meicheng.files.models import StoredFile
from meicheng.ledger.actions import count_cases, difference
from meicheng.ledger.events import next_event
from meicheng.organisation.models import Unit, User
from meicheng.organisation.permissions import allow
from meicheng.places.models import Division, Site
from meicheng.places.time import city_day
from meicheng.standards.models import CaseKind, Item

from .clock import due_after, due_of
from .counts import contribution
from .models import Case, CasePhoto
from .numbers import take_number
from .signals import stepped
from .text import reopen_text, write_texts


class Stale(Exception):
    """Somebody else changed the case since it was shown; the message says who and what."""


class Needed(ValueError):
    """Something that the step needs is missing; the message says what."""


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
    photos: Iterable[StoredFile] = (),
    reported_at: datetime | None = None,
    register: bool = False,
) -> Case:
    """Write down a problem as a case that waits to be registered.

    `by` is None for citizens and machines, who need no role to report. With `register` the case is
    registered in the same step, for inspectors whose finding is its own confirmation.
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
        reported_at=reported_at or at,
    )
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
    _add_photos(case, photos, moment=CasePhoto.Moment.BEFORE, by=by, at=at)
    count_cases(difference({}, contribution(case)))
    return case


def register_case(
    case: Case,
    *,
    by: User,
    kind: CaseKind | None = None,
    remark: str = "",
    seen: int | None = None,
) -> Case:
    """Accept a reported problem as a case, if need be under another kind (立案)."""
    with _step(case, "register", by=by, remark=remark, seen=seen) as (case, said):
        if kind is not None and kind.pk != case.kind_id:
            said["kind"] = kind.code
            said["kind_was"] = case.kind_id
            case.kind = kind
            case.severity = max(case.severity, kind.severity)
        case.registered_at = timezone.now()
    return case


def turn_down_case(case: Case, *, by: User, remark: str, seen: int | None = None) -> Case:
    """Say with a reason that this is not a problem for the city to solve."""
    with _step(case, "turn_down", by=by, remark=remark, seen=seen) as (case, _said):
        case.outcome = remark
        case.closed_at = timezone.now()
    return case


def join_case(case: Case, *, to: Case, by: User, remark: str = "", seen: int | None = None) -> Case:
    """Say that this is the same problem as `to`; whoever reported it is answered with `to`."""
    if case.pk == to.pk:
        raise Needed(_("A case cannot be joined to itself"))
    with transaction.atomic():
        first, second = sorted((case, to), key=lambda one: one.pk)
        _lock(first)
        _lock(second)
        to = Case.objects.select_related("division", "unit", "kind").get(pk=to.pk)
        if to.state in {State.JOINED, State.TURNED_DOWN, State.WITHDRAWN}:
            raise Needed(
                _("%(number)s is %(state)s; choose a case that is being worked on")
                % {"number": to.number, "state": to.get_state_display()}
            )
        with _step(case, "join", by=by, remark=remark, seen=seen) as (case, said):
            case.joined_to = to
            case.closed_at = timezone.now()
            said["to"] = to.number
        to.reports_count += case.reports_count
        next_event(to, "joined_by", by=by, at=timezone.now(), case=case.number)
        to.save(update_fields=["reports_count", "events_count", "head_hash", "updated_at"])
        case.reports.update(case=to)
    return case


def dispatch_case(
    case: Case, *, to: Unit, by: User, remark: str = "", seen: int | None = None
) -> Case:
    """Hand a registered case to the unit that will solve it and start its clock (派遣)."""
    with _step(case, "dispatch", by=by, remark=remark, seen=seen) as (case, said):
        if not to.active:
            raise Needed(_("%(unit)s is no longer active; choose another unit") % {"unit": to})
        at = timezone.now()
        case.unit = to
        case.dispatched_at = at
        case.limit, case.due_at = due_of(case, at)
        said["limit"] = case.limit
        said["unit"] = to.code
        said["due_at"] = case.due_at.isoformat()
    return case


def accept_case(case: Case, *, by: User, remark: str = "", seen: int | None = None) -> Case:
    """Say as the unit that the case is ours."""
    with _step(case, "accept", by=by, remark=remark, seen=seen) as (case, _said):
        pass
    return case


def start_case(case: Case, *, by: User, remark: str = "", seen: int | None = None) -> Case:
    """Say that the work has begun."""
    with _step(case, "start", by=by, remark=remark, seen=seen) as (case, _said):
        pass
    return case


def send_back_case(case: Case, *, by: User, remark: str, seen: int | None = None) -> Case:
    """Return the case as not ours, with the reason; the dispatcher finds another unit (退回)."""
    with _step(case, "send_back", by=by, remark=remark, seen=seen) as (case, said):
        said["unit"] = case.unit.code if case.unit else ""
        case.sent_back_count += 1
        case.unit = None
        case.due_at, case.limit = None, ""
        case.dispatched_at = None
    return case


def resolve_case(
    case: Case,
    *,
    by: User,
    photos: Iterable[StoredFile],
    remark: str = "",
    seen: int | None = None,
) -> Case:
    """Report the work as done, with a photograph that shows it (处置反馈)."""
    photos = list(photos)
    with _step(case, "resolve", by=by, remark=remark, seen=seen, photos=photos) as (case, said):
        at = timezone.now()
        case.resolved_at = at
        case.outcome = remark
        said["photos"] = [photo.sha256 for photo in photos]
        _add_photos(case, photos, moment=CasePhoto.Moment.AFTER, by=by, at=at)
    return case


def verify_case(
    case: Case,
    *,
    by: User,
    photos: Iterable[StoredFile] = (),
    remark: str = "",
    seen: int | None = None,
) -> Case:
    """Confirm on the spot that the problem is gone (核查)."""
    photos = list(photos)
    with _step(case, "verify", by=by, remark=remark, seen=seen, photos=photos) as (case, said):
        said["photos"] = [photo.sha256 for photo in photos]
        _add_photos(case, photos, moment=CasePhoto.Moment.CHECK, by=by, at=timezone.now())
    return case


def redo_case(case: Case, *, by: User, remark: str, seen: int | None = None) -> Case:
    """Send the case back to its unit because the problem is still there (返工)."""
    with _step(case, "redo", by=by, remark=remark, seen=seen) as (case, said):
        case.redo_count += 1
        _run_on(case, case.resolved_at, said)
        case.resolved_at = None
    return case


def close_case(case: Case, *, by: User, remark: str = "", seen: int | None = None) -> Case:
    """Close a verified case; its outcome counts in the tallies from this moment (结案)."""
    with _step(case, "close", by=by, remark=remark, seen=seen) as (case, _said):
        case.closed_at = timezone.now()
        if remark:
            case.outcome = remark
    return case


def reopen_case(case: Case, *, by: User | None, remark: str, seen: int | None = None) -> Case:
    """Open a closed case again because whoever reported it says that it is not solved."""
    with _step(case, "reopen", by=by, remark=remark, seen=seen) as (case, said):
        case.redo_count += 1
        _run_on(case, case.resolved_at or case.closed_at, said)
        case.closed_at = None
        case.resolved_at = None
        case.rating = None
    return case


def suspend_case(case: Case, *, by: User, remark: str, seen: int | None = None) -> Case:
    """Stop the clock until a named condition holds (挂账)."""
    with _step(case, "suspend", by=by, remark=remark, seen=seen) as (case, _said):
        case.suspended_at = timezone.now()
    return case


def resume_case(case: Case, *, by: User, remark: str = "", seen: int | None = None) -> Case:
    """Take a suspended case up again; the time it stood still is added to its limit."""
    with _step(case, "resume", by=by, remark=remark, seen=seen) as (case, said):
        _run_on(case, case.suspended_at, said)
        case.suspended_at = None
    return case


def withdraw_case(case: Case, *, by: User, remark: str, seen: int | None = None) -> Case:
    """Take a case off the list that was opened by mistake."""
    with _step(case, "withdraw", by=by, remark=remark, seen=seen) as (case, _said):
        case.outcome = remark
        case.closed_at = timezone.now()
    return case


@transaction.atomic
def add_report(case: Case, *, code: str, by: User | None = None) -> Case:
    """Note that one more report tells of this case; `code` is the report's (合并诉求)."""
    _lock(case)
    case.refresh_from_db()
    case.reports_count += 1
    next_event(case, "reported_again", by=by, at=timezone.now(), report=code)
    case.save(update_fields=["reports_count", "events_count", "head_hash", "updated_at"])
    return case


@transaction.atomic
def remove_report(case: Case, *, code: str, by: User) -> Case:
    """Note that a report which was counted here tells of something else (诉求拆分)."""
    allow(by, "cases.join", division=case.division, unit=case.unit)
    _lock(case)
    case.refresh_from_db()
    if case.reports_count < 2:
        raise Needed(_("It is the only report of %(number)s") % {"number": case.number})
    case.reports_count -= 1
    next_event(case, "report_removed", by=by, at=timezone.now(), report=code)
    case.save(update_fields=["reports_count", "events_count", "head_hash", "updated_at"])
    return case


@transaction.atomic
def rate_case(case: Case, *, rating: int, remark: str = "") -> Case:
    """Note how satisfied whoever reported it is with the result, 1 to 5."""
    if rating not in range(1, 6):
        raise Needed(_("A rating is a number from 1 to 5"))
    _lock(case)
    case = Case.objects.get(pk=case.pk)
    before = contribution(case)
    case.rating = rating
    next_event(case, "rated", by=None, at=timezone.now(), rating=rating, remark=remark)
    case.save(update_fields=["rating", "events_count", "head_hash", "updated_at"])
    count_cases(difference(before, contribution(case)))
    return case


@contextmanager
def _step(
    case: Case,
    code: str,
    *,
    by: User | None,
    remark: str = "",
    seen: int | None = None,
    photos: list[StoredFile] | None = None,
) -> Iterator[tuple[Case, dict[str, Any]]]:
    """Everything that all steps have in common; yields the locked case and what will be said.

    Raises `NotAllowed`, `WrongState`, `Stale` or `Needed`; then nothing has changed.
    """
    with transaction.atomic():
        _lock(case)
        case.refresh_from_db()
        if by is not None:
            allow(by, f"cases.{code}", division=case.division, unit=case.unit)
        step = transition(code)
        _check_seen(case, seen)
        check(State(case.state), code)
        if "remark" in step.needs and not remark.strip():
            raise Needed(_("Say why: this step needs a remark"))
        if "photo" in step.needs and not photos:
            raise Needed(_("Add a photograph that shows the result: this step needs one"))
        before = contribution(case)
        kind, closed_at = case.kind_id, case.closed_at
        said: dict[str, Any] = {"remark": remark.strip()}
        yield case, said
        case.state = step.after(State(case.state))
        next_event(case, step.code, by=by, at=timezone.now(), **said)
        case.save()
        if case.kind_id != kind:
            write_texts([case])
        elif (case.closed_at is None) != (closed_at is None):
            reopen_text(case)
        count_cases(difference(before, contribution(case)))
        stepped.send(sender=Case, case=case, code=step.code, said=said)


def _run_on(case: Case, stood: datetime | None, said: dict[str, Any]) -> None:
    """Let the clock go on that stood since then: waiting and verifying is not the unit's time."""
    if case.due_at is not None and stood is not None:
        case.due_at = due_after(case, case.due_at, stood=stood, until=timezone.now())
        said["due_at"] = case.due_at.isoformat()


def _lock(case: Case) -> None:
    """Hold the row until the transaction ends; SQLite holds the whole file already."""
    Case.objects.select_for_update(of=("self",)).only("pk").get(pk=case.pk)


def _check_seen(case: Case, seen: int | None) -> None:
    """Raise `Stale` when the case has moved on since version `seen` of it was shown."""
    if seen is None or seen == case.events_count:
        return
    from meicheng.ledger.models import Event

    last = Event.objects.filter(chain=case.chain).order_by("-sequence").first()
    who = (last.by_name if last else "") or _("the system")
    raise Stale(
        _("%(who)s changed this case meanwhile: it is now “%(state)s”. Look again, then decide.")
        % {"who": who, "state": case.get_state_display()}
    )


def _add_photos(
    case: Case,
    photos: Iterable[StoredFile],
    *,
    moment: CasePhoto.Moment,
    by: User | None,
    at: datetime,
) -> None:
    CasePhoto.objects.bulk_create(
        CasePhoto(
            case=case,
            file=photo,
            moment=moment,
            added_at=at,
            by_name=by.display_name if by is not None else "",
        )
        for photo in photos
    )
