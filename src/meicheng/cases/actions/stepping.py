"""What all steps of a case have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.cases.counts import contribution
from meicheng.cases.drawing import draw
from meicheng.cases.facts import read_facts
from meicheng.cases.models import FINAL_STATES, Case, CasePhoto, Extension
from meicheng.cases.problems import NO_PHOTO, NO_REMARK, Needed, Stale
from meicheng.cases.reaching import allow_case
from meicheng.cases.rules import in_time, rules
from meicheng.cases.signals import stepped
from meicheng.cases.text import reopen_text, write_texts
from meicheng.engine.workflow import FINAL, WITH_UNIT, Facts, Need, State, check, needs_of
from meicheng.files.models import StoredFile
from meicheng.ledger.actions import count_cases, difference
from meicheng.ledger.events import next_event
from meicheng.organisation.models import User

_COLUMNS = [field.attname for field in Case._meta.concrete_fields if not field.primary_key]


class Taking(NamedTuple):
    """A step while it is taken: the locked case, what its event will say, when, on what facts."""

    case: Case
    said: dict[str, Any]
    at: datetime
    facts: Facts


@contextmanager
def step(
    case: Case,
    code: str,
    *,
    by: User | None,
    remark: str = "",
    seen: int | None = None,
    photos: list[StoredFile] | None = None,
    free: bool = False,
) -> Iterator[Taking]:
    """Take a step around the change that is its own; with `free` it follows from something allowed.

    Raises `NotAllowed`, `WrongState`, `Stale` or `Needed`; then nothing has changed.
    """
    with transaction.atomic():
        lock(case)
        if by is not None and not free:
            allow_case(by, f"cases.{code}", case)
        _check_seen(case, seen)
        at = timezone.now()
        facts = read_facts(case, code, at=at)
        row = check(State(case.state), code, facts)
        needs = needs_of(row, facts)
        if Need.REMARK in needs and not remark.strip():
            raise Needed(_no_words(facts if Need.REMARK not in row.needs else None))
        if Need.PHOTO in needs and not photos:
            raise Needed(str(NO_PHOTO))
        before = contribution(case)
        was = {name: getattr(case, name) for name in _COLUMNS}
        said: dict[str, Any] = {"remark": remark.strip()}
        yield Taking(case, said, at, facts)
        case.state = row.after(State(case.state))
        if case.extension == "asked" and case.state not in WITH_UNIT:
            _lapse(case, at)
        if case.state in FINAL:
            end(case, at)
        event = next_event(case, row.code, by=by, at=at, **said)
        if row.code == "resolve":
            draw(case, event)
        # Some five columns of forty-five: the others cost more to write down than all else here.
        changed = [name for name in _COLUMNS if getattr(case, name) != was[name]]
        case.save(update_fields=[*changed, "updated_at"])
        if "kind_id" in changed:
            write_texts([case])
        elif (case.closed_at is None) != (was["closed_at"] is None):
            reopen_text(case)
        count_cases(difference(before, contribution(case)))
        stepped.send(sender=Case, case=case, code=row.code, said=said)
        if case.state in FINAL and case.parent_id is not None:
            _part_ended(case.parent_id)


def lock(case: Case) -> None:
    """Hold the row until the transaction ends, and read it anew (1 SQL statement).

    What belongs to it (kind, place, unit) is kept where it is the same: a join of six tables takes
    PostgreSQL longer to plan than everything else that a step does.
    """
    fresh = Case.objects.select_for_update().get(pk=case.pk)
    for field in Case._meta.concrete_fields:
        setattr(case, field.attname, getattr(fresh, field.attname))


def add_photos(
    case: Case,
    photos: Iterable[StoredFile],
    *,
    moment: CasePhoto.Moment,
    by: User | None,
    at: datetime,
) -> None:
    """Hang photographs on a case."""
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


def take_up(case: Case, at: datetime) -> None:
    """Note that the unit said a first word about the case, and whether in time (no SQL)."""
    if case.accepted_at is None:
        case.accepted_at = at
    if case.received_in_time is None and not case.receipt_unknown:
        start = case.dispatched_at or case.reported_at
        case.received_in_time = in_time(start, at, rules().take_up)


def end(case: Case, at: datetime) -> None:
    """Note that whoever reported it is answered, and whether in time (no SQL)."""
    if case.received_in_time is None and not case.receipt_unknown:
        case.received_in_time = in_time(case.reported_at, at, rules().take_up)
    if case.answered_in_time is None:
        case.answered_in_time = in_time(case.reported_at, at, rules().answer)


def _part_ended(whole: int) -> None:
    """End the whole when no part of it is open any more (2 SQL statements, else those of a step)."""
    # The lock comes first: of two parts that end at once, the second sees the first.
    case = Case.objects.select_for_update(of=("self",)).get(pk=whole)
    if case.state != State.SPLIT:
        return
    parts = list(case.parts.values_list("state", "outcome"))
    if any(state not in FINAL_STATES for state, _outcome in parts):
        return
    if not any(state in {State.CLOSED, State.JOINED} for state, _outcome in parts):
        with step(case, "unsplit", by=None) as (case, _said, _at, _facts):
            case.unit = case.split_at = None
        return
    with step(case, "finish", by=None) as (case, _said, at, _facts):
        case.closed_at = case.resolved_at = at
        outcomes = [words for state, words in parts if state == State.CLOSED and words]
        case.outcome = "\n".join(dict.fromkeys(outcomes))


def _lapse(case: Case, at: datetime) -> None:
    """A request for more time that nobody decided ends when the clock no longer runs (1 SQL)."""
    case.extension = ""
    case.extensions.filter(granted=None).update(
        granted=False, decided_at=at, reason=Extension.LAPSED
    )


def _no_words(facts: Facts | None) -> str:
    if facts is None:
        return str(NO_REMARK)
    return _(
        "%(units)s have not reported their part as done; say why the whole is finished without it"
    ) % {"units": ", ".join(facts.parts_open)}


def _check_seen(case: Case, seen: int | None) -> None:
    """Raise `Stale` when the case has moved on since version `seen` of it was shown."""
    if seen is None or seen == case.events_count:
        return
    from meicheng.cases.workbench.looking import what_happened  # which reads what is shown

    raise Stale(
        _("This case changed meanwhile and is now “%(state)s”. %(what)s. Look again, then decide.")
        % {"state": case.get_state_display(), "what": what_happened(case, since=seen)}
    )
