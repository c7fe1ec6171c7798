"""Drawing whom to call back, and writing down what she said."""

from __future__ import annotations

import secrets
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from meicheng.engine.planning.drawing import draw, frame_hash
from meicheng.engine.workflow import State
from meicheng.ledger.events import write_event
from meicheng.organisation.models import User
from meicheng.organisation.permissions import allow
from meicheng.places.time import midnight

from ..actions import report_chain
from ..checking import BadReport
from ..models import Report
from .models import CallBack, CallBackDraw

PATIENCE = 14  # days of the next month in which people rate by themselves
SATISFIED = 4  # of 5, and above
MOST_ATTEMPTS = 3
Outcome = CallBack.Outcome


def draw_daily(day: date) -> int:
    """Draw for the month before once its people had time to rate; how often (0 or 1)."""
    if day.day <= PATIENCE or not settings.CALL_BACKS:
        return 0
    month = (day.year * 100 + day.month - 1) if day.month > 1 else (day.year - 1) * 100 + 12
    if CallBackDraw.objects.filter(month=month).exists():
        return 0
    draw_call_backs(month)
    return 1


@transaction.atomic
def draw_call_backs(
    month: int, *, at: datetime | None = None, seed: str = "", most: int | None = None
) -> CallBackDraw:
    """Draw, by lot among those who did not rate and left a number, whom to call back.

    The draw of a month is made once; seed, frame and counts are kept and are an event, so that
    anybody who has them draws the same. A seed is drawn unless one is given.
    """
    at = at or timezone.now()
    answered = answered_in(month)
    rated = answered.filter(rated_at__lte=at)
    codes = frame(month, at)
    seed = seed or secrets.token_hex(16)
    made, new = CallBackDraw.objects.get_or_create(
        month=month,
        defaults={
            "drawn_at": at,
            "seed": seed,
            "frame_hash": frame_hash(codes),
            "answered": answered.count(),
            "rated": rated.count(),
            "satisfied": rated.filter(rating__gte=SATISFIED).count(),
            "frame": len(codes),
        },
    )
    if not new:
        return made
    chosen = draw(codes, settings.CALL_BACKS if most is None else most, seed)
    CallBack.objects.bulk_create(
        CallBack(draw=made, report_id=int(code), place=place)
        for place, code in enumerate(chosen, 1)
    )
    said = {"seed": seed, "frame": made.frame, "frame_hash": made.frame_hash, "drawn": len(chosen)}
    write_event(f"callbacks:{month}", "drawn", by=None, data=said, at=at)
    return made


def answered_in(month: int) -> QuerySet[Report]:
    """The citizens' reports that were answered by closing their case in a month, as 202611."""
    year, number = divmod(month, 100)
    after = date(year + number // 12, number % 12 + 1, 1)
    return Report.objects.filter(
        state=Report.State.ANSWERED,
        case__state=State.CLOSED,
        case__closed_at__gte=midnight(date(year, number, 1)),
        case__closed_at__lt=midnight(after),
    ).exclude(source=Report.Source.STAFF)


def frame(month: int, at: datetime) -> list[str]:
    """The keys of the reports that could be drawn at a time: not rated, and a number left."""
    silent = answered_in(month).filter(Q(rated_at=None) | Q(rated_at__gt=at))
    return [str(key) for key in silent.exclude(phone_digest="").values_list("pk", flat=True)]


@transaction.atomic
def note_call(
    call: CallBack,
    *,
    by: User,
    outcome: str,
    rating: int | None = None,
    manner: int | None = None,
    remark: str = "",
) -> CallBack:
    """Write down what came of a call; who was not reached can be tried three times.

    Raises `BadReport` for an outcome that does not fit its rating, or a call that is over.
    """
    call = (
        CallBack.objects.select_for_update(of=("self",))
        .select_related("report__division")
        .get(pk=call.pk)
    )
    allow(by, "reports.see_phone", division=call.report.division)
    if over(call):
        raise BadReport("outcome", _("This call is over; it stands as it was written down"))
    if outcome not in {Outcome.REACHED, Outcome.REFUSED, Outcome.NOT_REACHED, Outcome.WRONG_NUMBER}:
        raise BadReport("outcome", _("Say what came of the call"))
    if outcome == Outcome.REACHED and rating not in range(1, 6):
        raise BadReport("rating", _("Who was reached is asked for a rating from 1 to 5"))
    if outcome != Outcome.REACHED and (rating, manner) != (None, None):
        raise BadReport("rating", _("Only who was reached can have given a rating"))
    if manner is not None and manner not in range(1, 6):
        raise BadReport("manner", _("A rating is a number from 1 to 5"))
    call.outcome, call.attempts = outcome, call.attempts + 1
    call.rating, call.rating_manner = rating, manner
    call.remark, call.called_at, call.called_by = remark.strip()[:500], timezone.now(), by
    call.save()
    said = {"outcome": outcome, "rating": call.rating, "attempt": call.attempts}
    write_event(report_chain(call.report), "called_back", by=by, data=said)
    return call


def over(call: CallBack) -> bool:
    """Whether a call needs no further try."""
    tries = call.outcome in {Outcome.WAITING, Outcome.NOT_REACHED} and call.attempts < MOST_ATTEMPTS
    return not tries
