"""Taking a step back: for a moment, by who took it, as long as nobody acted since.

Nothing is deleted: the step and its taking back are both events of the chain. Only steps can be
taken back that change nothing but the case's own row, its stages and what its reports say; from
outside the office a step is told once that moment is over (`ledger.followers.follow(after=…)`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.cases.counts import contribution
from meicheng.cases.models import BulkRun, Case, TakenStep
from meicheng.cases.problems import Needed
from meicheng.cases.reaching import allow_case
from meicheng.cases.signals import stepped
from meicheng.cases.stages import drop_stages
from meicheng.cases.text import reopen_text, write_texts
from meicheng.engine.workflow import FINAL, transition
from meicheng.ledger.actions import count_cases, difference
from meicheng.ledger.events import next_event
from meicheng.organisation.models import User

from .stepping import lock

MOMENT = timedelta(seconds=30)  # in which a step may be taken back
_STAYS = {"id", "number", "events_count", "head_hash", "updated_at"}
_FIELDS = [field for field in Case._meta.concrete_fields if field.attname not in _STAYS]


class CannotUndo(Needed):
    """A step that cannot be taken back, or no longer; the message says why."""


def why_never(case: Case, code: str) -> str:
    """Why the step that a case is about to take can never be taken back; "" where it can (no SQL)."""
    row = transition(code)
    if not row.undoable:
        return _("This step cannot be taken back; another step can mend it")
    if case.parent_id is not None and row.to_state in FINAL:
        return _("This step cannot be taken back: the whole may have ended with its part")
    if case.extension == "asked":
        return _("This step cannot be taken back: the request for more time ended with it")
    return ""


@contextmanager
def can_be_undone(case: Case, code: str, *, by: User, run: BulkRun | None = None) -> Iterator[None]:
    """Keep the case as it was around a step of it, for the moment in which it may be taken back.

    3 SQL statements beside the step's; none for steps that cannot be taken back.
    """
    with transaction.atomic():
        if not transition(code).undoable:
            yield
            return
        lock(case)
        never, before, at = why_never(case, code), _as_it_is(case), timezone.now()
        yield
        if never:
            return
        TakenStep.objects.bulk_create(
            [
                TakenStep(
                    case_id=case.pk,
                    by=by,
                    run=run,
                    code=code,
                    sequence=before["events_count"] + 1,
                    at=at,
                    before=before,
                )
            ],
            update_conflicts=True,
            unique_fields=["case"],
            update_fields=["by", "run", "code", "sequence", "at", "before"],
        )


def undo_case(
    case: Case, *, by: User, run: BulkRun | None = None, asked_at: datetime | None = None
) -> Case:
    """Take back the last step of a case, which `by` took a moment ago (撤回).

    A step of a bulk order is taken back with the `run`, where that was `asked_at` a moment after
    the run had ended. Raises `CannotUndo` when the moment is over, when somebody acted since, or when somebody outside
    was told already; `NotAllowed` where `by` may no longer take the step itself.
    """
    with transaction.atomic():
        lock(case)
        taken = TakenStep.objects.select_related("run").filter(pk=case.pk).first()
        if taken is None or taken.by_id != by.pk or taken.run_id != (run.pk if run else None):
            raise CannotUndo(_("There is no step of yours to take back"))
        if taken.sequence != case.events_count:
            raise CannotUndo(_since(case, taken))
        at = timezone.now()
        last = taken.run.finished_at if taken.run is not None else None
        if (asked_at or at) - (last or taken.at) > MOMENT:
            raise CannotUndo(
                _("A step can be taken back for %(seconds)d seconds; take another step instead")
                % {"seconds": MOMENT.seconds}
            )
        before = contribution(case)
        kind, closed_at = case.kind_id, case.closed_at
        if taken.code in {"dispatch", "decide"}:
            drop_stages(case)
        for field in _FIELDS:
            setattr(case, field.attname, field.to_python(taken.before[field.attname]))
        allow_case(by, f"cases.{taken.code}", case)
        said = {"step": taken.code, "taken_at": taken.at, "closed_at": closed_at}
        next_event(case, "undo", by=by, at=at, step=taken.code)
        case.save()
        taken.delete()
        if case.kind_id != kind:
            write_texts([case])
        elif (case.closed_at is None) != (closed_at is None):
            reopen_text(case)
        count_cases(difference(before, contribution(case)))
        stepped.send(sender=Case, case=case, code="undo", said=said)
    return case


def _as_it_is(case: Case) -> dict[str, Any]:
    """The columns of a case, as JSON keeps them."""
    values = {field.attname: getattr(case, field.attname) for field in _FIELDS}
    values["events_count"] = case.events_count
    found: dict[str, Any] = json.loads(json.dumps(values, default=lambda day: day.isoformat()))
    return found


def _since(case: Case, taken: TakenStep) -> str:
    from meicheng.cases.workbench.looking import what_happened  # which reads what is shown

    return _("It cannot be taken back any more: %(what)s") % {
        "what": what_happened(case, since=taken.sequence)
    }
