"""Orders for many cases being carried out: case by case, by the page or by the worker.

A run is written with a line for each of its cases before anything is done. Each case has its own
transaction, in which its line is claimed: whoever is killed leaves the line waiting, and of two who
carry on at once one has it. So an order that is sent twice, or broke off, does nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from meicheng.cases import actions
from meicheng.cases.models import BulkLine, BulkRun, Case
from meicheng.engine.workflow import WrongState, transition
from meicheng.organisation.models import User
from meicheng.organisation.permissions import NotAllowed

from .bulk import MOST, WHOLE, Order, Planned, label_of, order_of, planned
from .comments import comment_case

TOGETHER = 25  # cases that are planned together
KEPT = timedelta(days=1)  # drafts that nobody confirmed
_State = BulkRun.State


def draft(user: User, code: str, cases: Iterable[Case]) -> BulkRun:
    """Write down an order for these cases that waits to be confirmed (1 SQL for 1,000 cases).

    They stay the ones that its summary showed, in the version in which it showed them.
    """
    with transaction.atomic():
        run = BulkRun.objects.create(key=uuid4(), by=user, code=code, state=_State.DRAFT)
        _add_lines(run, ((case.pk, case.events_count) for case in cases))
    return run


def confirm(run: BulkRun, order: Order) -> None:
    """Let the worker carry out a draft; one that is confirmed already stays as it is."""
    BulkRun.objects.filter(pk=run.pk, state=_State.DRAFT).update(
        state=_State.WAITING, order=order.written()
    )


def carry_out(
    user: User, order: Order, cases: Sequence[Case], *, key: UUID, seen: dict[str, int]
) -> BulkRun:
    """Do it here and now, case by case; `seen` are the versions that the summary showed.

    Under the same `key` nothing is done twice. Raises `NotAllowed` for somebody else's key.
    """
    with transaction.atomic():
        run, new = BulkRun.objects.get_or_create(
            key=key,
            defaults={
                "by": user, "code": order.code, "order": order.written(), "state": _State.WAITING,
            },
        )  # fmt: skip
        if run.by_id != user.pk or run.code != order.code:
            raise NotAllowed(_("This order was given by somebody else, or for something else"))
        if new:
            _add_lines(run, ((case.pk, seen.get(case.number)) for case in cases))
    carry_on(run)
    return run


def carry_on(run: BulkRun, *, most: int = MOST) -> int:
    """Go on with a run; how many cases were looked at. Says that it is done when none waits.

    Some 3 SQL statements for `TOGETHER` cases beside those of their steps.
    """
    order, looked = order_of(run), 0
    while looked < most and (lines := _waiting(run)):
        found = WHOLE.in_bulk([line.case_id for line in lines])
        plans = [Planned(found[line.case_id]) for line in lines]
        if run.undoes_id is None:
            plans = planned(run.by, order, [plan.case for plan in plans]).lines
        for line, plan in zip(lines, plans, strict=True):
            # Of one that moved on the step itself says who moved it.
            moved = order.code != "comment" and line.seen not in {None, plan.case.events_count}
            reason = (not moved and plan.reason) or _attempt(run, order, line, plan)
            if reason:
                run.lines.filter(pk=line.pk, done=None).update(done=False, reason=reason[:300])
        looked += len(lines)
    if not run.lines.filter(done=None).exists():
        _finish(run)
    return looked


def carry_on_waiting() -> int:
    """Let the worker do a part of the oldest run that waits; how many cases."""
    run = BulkRun.objects.filter(state=_State.WAITING).select_related("by", "undoes").first()
    if run is None:
        return 0
    with override(run.by.language):
        return carry_on(run, most=TOGETHER) or 1  # none: it was only to be said that it is done


def stop(run: BulkRun) -> int:
    """Leave what was not done yet; how many cases."""
    left = run.lines.filter(done=None).update(
        done=False, reason=_("Stopped before it was its turn")[:300]
    )
    _finish(run)
    return left


def undo(run: BulkRun) -> BulkRun:
    """Write down that what a run has done is taken back, case by case; again it is the same run.

    Raises `CannotUndo` where its steps cannot be taken back, or the moment for it is over.
    """
    why = why_not_undone(run)
    if why:
        raise actions.CannotUndo(why)
    with transaction.atomic():
        back, new = BulkRun.objects.get_or_create(
            undoes=run,
            defaults={"key": uuid4(), "by": run.by, "code": "undo", "state": _State.WAITING},
        )
        if new:
            done = run.lines.filter(done=True).values_list("case_id", flat=True)
            _add_lines(back, ((case, None) for case in done))
    return back


def why_not_undone(run: BulkRun) -> str:
    """Why what a run did cannot be taken back now; "" where it can (no SQL)."""
    if run.code in {"comment", "undo"} or not transition(run.code).undoable:
        return _("“%(step)s” cannot be taken back") % {"step": label_of(run.code)}
    if run.finished_at is None:
        return _("The order is still being carried out; stop it first")
    if timezone.now() - run.finished_at > actions.MOMENT:
        return _("A step can be taken back for %(seconds)d seconds; take another step instead") % {
            "seconds": actions.MOMENT.seconds
        }
    return ""


def forget_drafts(day: date) -> int:
    """Remove orders that nobody confirmed."""
    old = BulkRun.objects.filter(state=_State.DRAFT, made_at__lt=timezone.now() - KEPT)
    return old.delete()[0]


def _add_lines(run: BulkRun, cases: Iterable[tuple[int, int | None]]) -> None:
    lines = (BulkLine(run=run, case_id=case, seen=seen) for case, seen in cases)
    BulkLine.objects.bulk_create(lines, batch_size=1000)


def _waiting(run: BulkRun) -> list[BulkLine]:
    return list(run.lines.filter(done=None)[:TOGETHER])


def _finish(run: BulkRun) -> None:
    BulkRun.objects.filter(pk=run.pk, state=_State.WAITING).update(
        state=_State.DONE, finished_at=timezone.now()
    )
    run.refresh_from_db(fields=["state", "finished_at"])


def _attempt(run: BulkRun, order: Order, line: BulkLine, plan: Planned) -> str:
    """Take the step and claim its line in one transaction; why it was not done, or ""."""
    try:
        with transaction.atomic():
            if run.lines.filter(pk=line.pk, done=None).update(done=True):
                _step(run, order, line, plan)
    except WrongState as problem:
        return problem.say(get_language() or "zh")
    except (actions.Stale, actions.Needed, NotAllowed) as problem:
        return str(problem)
    return ""


def _step(run: BulkRun, order: Order, line: BulkLine, plan: Planned) -> None:
    by = run.by
    if run.undoes is not None:
        actions.undo_case(plan.case, by=by, run=run.undoes, asked_at=run.made_at)
        return
    more: dict[str, Any] = {"by": by, "remark": order.remark, "seen": line.seen}
    if order.code == "comment":
        comment_case(plan.case, **more)
        return
    if order.code == "dispatch":
        more["to"] = plan.unit
    if order.code == "join":
        more["to"] = order.to
    with actions.can_be_undone(plan.case, order.code, by=by, run=run):
        getattr(actions, f"{order.code}_case")(plan.case, **more)


@dataclass(frozen=True)
class Result:
    """What became of a run: how many of each, and the first lines of them."""

    run: BulkRun
    label: str
    waiting: int
    done: int
    left: int
    done_lines: list[BulkLine]
    left_lines: list[BulkLine]

    @property
    def all(self) -> int:
        """How many cases it is about."""
        return self.waiting + self.done + self.left

    @property
    def percent(self) -> int:
        """How far it is."""
        return 100 * (self.done + self.left) // max(1, self.all)


def run_of(user: User, key: UUID) -> BulkRun:
    """One's own run (1 SQL statement). Raises `BulkRun.DoesNotExist`."""
    return BulkRun.objects.select_related("by", "undoes").get(key=key, by=user)


def result_of(run: BulkRun) -> Result:
    """What became of a run, with at most `MOST` lines each (5 SQL statements)."""
    lines = run.lines.select_related("case__kind", "case__division", "case__unit").defer(
        "case__division__outline"
    )
    return Result(
        run,
        label_of(run.code),
        run.lines.filter(done=None).count(),
        run.lines.filter(done=True).count(),
        run.lines.filter(done=False).count(),
        list(lines.filter(done=True)[:MOST]),
        list(lines.filter(done=False)[:MOST]),
    )


def cases_of(run: BulkRun) -> Iterator[Case]:
    """The cases of a run, in its order (1 SQL statement for 500)."""
    keys = list(run.lines.values_list("case_id", flat=True))
    for start in range(0, len(keys), 500):
        found = WHOLE.in_bulk(keys[start : start + 500])
        yield from (found[key] for key in keys[start : start + 500])
