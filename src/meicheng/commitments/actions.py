"""What people do with commitments: promise, enter how it stands, change it with a reason, withdraw."""

from __future__ import annotations

from datetime import date, timedelta
from math import isfinite
from typing import Any, BinaryIO
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.files.documents import store_document
from meicheng.ledger.events import next_event
from meicheng.lists.models import ProblemList
from meicheng.organisation.models import Unit, User
from meicheng.organisation.permissions import allow
from meicheng.places.models import Division
from meicheng.places.time import city_day
from meicheng.standards.models import CaseKind, CityPlan, Criterion, Framework, Item

from .following import bring_up_to_date
from .models import Commitment, Reading

Metric = Commitment.Metric
LONGEST = timedelta(days=5 * 366)
EARLIEST = timedelta(days=366)  # a promise may be written down so long after it began
PER_CENT = frozenset({"on_time", "redone", "relapse", "satisfied", "chronic", "list"})
CHANGED = ("words", "figure", "due", "post", "public")
ENTERED_LATE = timedelta(days=30)  # values of days before its date are taken so long after it


class BadCommitment(ValueError):
    """Something that cannot be done with a commitment now; the message says why."""


def promise(
    actor: User,
    *,
    words: str,
    division: Division,
    post: str,
    metric: str,
    direction: str,
    figure: float,
    start: date,
    due: date,
    key: str,
    unit: Unit | None = None,
    kind: CaseKind | None = None,
    framework: Framework | None = None,
    part: str = "",
    item: Item | None = None,
    problem_list: ProblemList | None = None,
    measured_in: str = "",
    beginning: float | None = None,
    plan: CityPlan | None = None,
    criterion: Criterion | None = None,
    public: bool = False,
) -> Commitment:
    """Write down what a unit, or the government of a division, promises by a day.

    post: who in it answers. beginning: the value at the start of what is entered by hand. The same
    `key` again gives the promise that was made with it. Raises `NotAllowed`, and `BadCommitment`
    with what is missing; then nothing has changed.
    """
    if unit is not None:
        division = unit.division
    allow(actor, "commitments.make", division=division, unit=unit)
    if not 0 < len(key) <= 100:
        raise BadCommitment(_("The key of a commitment has 1 to 100 characters"))
    own_key = f"{actor.pk}:{key}"
    known = Commitment.objects.filter(key=own_key).first()
    if known is not None:
        return known
    at = timezone.now()
    today = city_day(at)
    made = Commitment(
        code=uuid4().hex,  # until its number is known
        words=words.strip(),
        division=division,
        unit=unit,
        post=post.strip(),
        metric=metric,
        kind=kind if metric in {*PER_CENT, "open"} - {"list"} else None,
        framework=framework if metric == Metric.MARKS else None,
        part=part.strip() if metric == Metric.MARKS else "",
        item=item if metric == Metric.FIGURE else None,
        problem_list=problem_list if metric == Metric.LIST else None,
        measured_in=measured_in.strip() if metric == Metric.ENTERED else "",
        direction=direction,
        figure=figure,
        start=start,
        due=due,
        plan=plan,
        criterion=criterion,
        public=public,
        made_by=actor,
        made_at=at,
        key=own_key,
    )
    _check(made, today)
    _check_metric(made)
    if beginning is not None and (not isfinite(beginning) or metric != Metric.ENTERED):
        raise BadCommitment(_("The value at the beginning is only given for what is entered"))
    try:
        with transaction.atomic():
            made.save()
            made.code = f"CN-{today.year}-{made.pk:04d}"
            if beginning is not None:
                Reading.objects.create(
                    commitment=made, day=start - timedelta(days=1), value=beginning, by=actor, at=at
                )
            said = {"words": made.words, "division": division.code, "post": made.post,
                    "unit": unit.code if unit else None, "metric": metric, "direction": direction,
                    "figure": figure, "start": str(start), "due": str(due), "public": public,
                    "beginning": beginning}  # fmt: skip
            _step(made, "commitment_made", actor, **said)
            bring_up_to_date(made, today)
    except IntegrityError:  # the same key came twice at once
        return Commitment.objects.get(key=own_key)
    return made


@transaction.atomic
def enter_value(
    actor: User,
    one: Commitment,
    *,
    day: date,
    value: float,
    remark: str,
    proof: BinaryIO | None = None,
    proof_name: str = "",
) -> Reading:
    """Enter how a promise stood at the end of a day, with a proof or at least where it is from.

    Only for what the data does not tell. Raises `NotAllowed`, `BadCommitment`, and `BadFile` for a
    proof that is no document or picture; then nothing has changed.
    """
    one = _locked(one)
    allow(actor, "commitments.enter", division=one.division, unit=one.unit)
    if one.metric != Metric.ENTERED:
        raise BadCommitment(_("It is tracked by the data itself: nothing is entered"))
    if one.outcome:
        raise BadCommitment(_("It was stated already how it ended"))
    if not isfinite(value):
        raise BadCommitment(_("Enter a number"))
    last = min(city_day(timezone.now()), one.due)
    if not one.start - timedelta(days=1) <= day <= last:
        raise BadCommitment(
            _("The day lies between %(first)s and %(last)s")
            % {"first": one.start - timedelta(days=1), "last": last}
        )
    if not remark.strip() or len(remark) > 500:
        raise BadCommitment(_("Say where the value is from, in 1 to 500 characters"))
    file = None if proof is None else store_document(proof, by=actor, name=proof_name)
    read = Reading.objects.create(
        commitment=one,
        day=day,
        value=value,
        by=actor,
        at=timezone.now(),
        proof=file,
        proof_name=proof_name[:120] if file else "",
        remark=remark.strip(),
    )
    said = {"day": str(day), "value": value, "remark": read.remark,
            "proof": file.sha256 if file else None}  # fmt: skip
    _step(one, "commitment_entered", actor, **said)
    return read


@transaction.atomic
def change(
    actor: User,
    one: Commitment,
    reason: str,
    *,
    words: str,
    figure: float,
    due: date,
    post: str,
    public: bool,
) -> Commitment:
    """Change a promise, for a reason that stands on its page for good, with what it was before.

    Raises `NotAllowed`, and `BadCommitment` where it has ended, nothing changes or no reason is
    given.
    """
    one = _locked(one)
    allow(actor, "commitments.change", division=one.division)
    if one.outcome:
        raise BadCommitment(_("It was stated already how it ended"))
    new = {
        "words": words.strip(),
        "figure": figure,
        "due": due,
        "post": post.strip(),
        "public": public,
    }
    before = {name: getattr(one, name) for name in CHANGED}
    changed = [name for name in CHANGED if new[name] != before[name]]
    if not changed:
        raise BadCommitment(_("Nothing was changed"))
    why = _reason(reason)
    for name in changed:
        setattr(one, name, new[name])
    today = city_day(timezone.now())
    if "due" in changed and one.due < today:
        raise BadCommitment(_("Its new date is over already"))
    _check(one, today, begun=True)
    was = {name: _told(before[name]) for name in changed}
    return _step(one, "commitment_changed", actor, reason=why, before=was,
                 after={name: _told(new[name]) for name in changed})  # fmt: skip


@transaction.atomic
def withdraw(actor: User, one: Commitment, reason: str) -> Commitment:
    """Withdraw a promise before its date; it stays to be seen, with the reason.

    Raises `NotAllowed`, and `BadCommitment` where it has ended or no reason is given.
    """
    one = _locked(one)
    allow(actor, "commitments.change", division=one.division)
    if one.outcome:
        raise BadCommitment(_("It was stated already how it ended"))
    one.outcome, one.stated_at = Commitment.Outcome.WITHDRAWN, timezone.now()
    return _step(one, "commitment_withdrawn", actor, reason=_reason(reason))


def _check(one: Commitment, today: date, *, begun: bool = False) -> None:
    """Raise `BadCommitment` for what no promise can be."""
    if not 0 < len(one.words) <= 200:
        raise BadCommitment(_("Say what is promised, in 1 to 200 characters"))
    if not 0 < len(one.post) <= 60:
        raise BadCommitment(_("Name the post that answers for it, in 1 to 60 characters"))
    if one.direction not in Commitment.Direction:
        raise BadCommitment(_("A promise is at least or at most a figure"))
    if not isfinite(one.figure) or (one.metric in PER_CENT and not 0 <= one.figure <= 100):
        raise BadCommitment(_("The figure is a number; one in per cent lies between 0 and 100"))
    if one.unit is not None and not one.unit.active:
        raise BadCommitment(_("%(unit)s does not work any more") % {"unit": one.unit.name})
    if not one.start < one.due <= one.start + LONGEST:
        raise BadCommitment(_("Its date comes after its beginning, within five years"))
    if not begun and (one.start < today - EARLIEST or one.due < today):
        raise BadCommitment(_("It began within the last year, and its date is not over"))


def _check_metric(one: Commitment) -> None:
    """Raise `BadCommitment` where what it is tracked by lacks something."""
    metric = one.metric
    if metric not in Metric:
        raise BadCommitment(_("Choose what it is tracked by"))
    if metric in {Metric.MARKS, Metric.FIGURE} and one.unit is not None:
        raise BadCommitment(
            _("Marks and figures are of a place: let the government of the division promise it")
        )
    if metric == Metric.MARKS:
        if one.framework is None:
            raise BadCommitment(_("Choose the standard whose marks are promised"))
        if one.part and one.part not in parts_of(one.framework):
            raise BadCommitment(
                _("%(standard)s has no part or criterion %(code)s")
                % {"standard": one.framework.name, "code": one.part[:40]}
            )
    if metric == Metric.FIGURE and one.item is None:
        raise BadCommitment(_("Choose the figure that is promised"))
    if metric == Metric.LIST and one.problem_list is None:
        raise BadCommitment(_("Choose the problem list"))
    if metric == Metric.ENTERED and not 0 < len(one.measured_in) <= 20:
        raise BadCommitment(_("Say what it is measured in, as km, in 1 to 20 characters"))


def parts_of(framework: Framework) -> set[str]:
    """The codes of a standard's nodes and criteria (1 SQL statement)."""
    found = set(framework.criteria.values_list("code", flat=True))
    waiting = list(framework.document.get("nodes", []))
    while waiting:
        node = waiting.pop()
        found.add(str(node.get("code", "")))
        waiting += node.get("children", [])
    return found


def _reason(reason: str) -> str:
    if not reason.strip() or len(reason) > 500:
        raise BadCommitment(_("Say why, in 1 to 500 characters"))
    return reason.strip()


def _told(value: Any) -> Any:
    return str(value) if isinstance(value, date) else value


def _locked(one: Commitment) -> Commitment:
    """The commitment as it stands, held until the transaction ends."""
    held = Commitment.objects.select_for_update(of=("self",)).filter(pk=one.pk)
    return held.select_related("division", "unit__division").get()


def _step(one: Commitment, verb: str, by: User, **data: Any) -> Commitment:
    next_event(one, verb, by=by, at=timezone.now(), **data)
    one.save()
    return one
