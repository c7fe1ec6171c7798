"""When the clock stands still, and when it is given more time."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from meicheng.cases.clock import calendar
from meicheng.cases.models import Case, Extension
from meicheng.cases.problems import Needed
from meicheng.cases.stages import extend_stages, run_on
from meicheng.engine.calendar import Limit
from meicheng.organisation.models import User
from meicheng.places.time import city_day

from .stepping import step


def suspend_case(
    case: Case, *, by: User, remark: str, review_on: date, seen: int | None = None
) -> Case:
    """Stop the clock until a named condition holds; look at it again on `review_on` (挂账)."""
    with step(case, "suspend", by=by, remark=remark, seen=seen) as (case, said, at, _facts):
        if review_on <= city_day(at):
            raise Needed(
                _("The day of the review, %(day)s, is not in the future; choose a later one")
                % {"day": date_format(review_on)}
            )
        case.suspended_at = at
        case.review_on = review_on
        said["review_on"] = review_on.isoformat()
    return case


def resume_case(case: Case, *, by: User, remark: str = "", seen: int | None = None) -> Case:
    """Take a suspended case up again; the time it stood still is added to its limits."""
    with step(case, "resume", by=by, remark=remark, seen=seen) as (case, said, at, _facts):
        run_on(case, case.suspended_at, at, said)
        case.suspended_at = case.review_on = None
    return case


def ask_extension_case(
    case: Case, *, by: User, remark: str, until: datetime, seen: int | None = None
) -> Case:
    """Ask as the unit's lead for more time, once, at most the same time again (申请延期)."""
    with step(case, "ask_extension", by=by, remark=remark, seen=seen) as (case, said, at, _facts):
        check_until(case, until)
        case.extension = "asked"
        Extension.objects.create(
            case=case,
            until=until,
            remark=remark.strip(),
            asked_at=at,
            asked_by=by,
            asked_by_name=by.display_name,
        )
        said["until"] = until.isoformat()
    return case


def check_until(case: Case, until: datetime) -> None:
    """Raise `Needed` unless the new limit lies after the old one, by at most the same time again."""
    if case.due_at is None:
        raise Needed(_("This case has no time limit yet"))
    latest = latest_extension(case)
    if not case.due_at < until <= latest:
        raise Needed(
            _("More time can be asked for until %(latest)s, and after %(due)s when it is due now")
            % {"latest": _moment(latest), "due": _moment(case.due_at)}
        )


def latest_extension(case: Case) -> datetime:
    """Until when more time can be given: the same time again after the limit (no SQL)."""
    assert case.due_at is not None
    return calendar().due(case.due_at, Limit.parse(case.time_limit))


def extend_case(case: Case, *, by: User, remark: str = "", seen: int | None = None) -> Case:
    """Grant the time that was asked for; never the one who asked (批准延期)."""
    with step(case, "extend", by=by, remark=remark, seen=seen) as (case, said, at, _facts):
        asked = _waiting(case, by)
        asked.granted, asked.decided_at = True, at
        asked.decided_by_name, asked.reason = by.display_name, remark.strip()
        asked.save()
        if case.due_at is not None:
            extend_stages(case, asked.until - case.due_at)
        case.due_at, case.extension = asked.until, "granted"
        said["due_at"] = asked.until.isoformat()
    return case


def refuse_extension_case(case: Case, *, by: User, remark: str, seen: int | None = None) -> Case:
    """Refuse more time, with the reason; the limit stays (不予延期)."""
    with step(case, "refuse_extension", by=by, remark=remark, seen=seen) as (
        case, _said, at, _facts,
    ):  # fmt: skip
        asked = _waiting(case, by)
        asked.granted, asked.decided_at = False, at
        asked.decided_by_name, asked.reason = by.display_name, remark.strip()
        asked.save()
        case.extension = "refused"
    return case


def _waiting(case: Case, by: User) -> Extension:
    """The request that waits; raises `Needed` for the one who asked."""
    asked = case.extensions.get(granted=None)
    if asked.asked_by_id == by.pk:
        raise Needed(_("You asked for it yourself; somebody else decides"))
    return asked


def _moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
