"""Who is to be called, and how satisfied people are with those who did not rate counted in."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet, Sum

from meicheng.engine.planning.drawing import draw as lots
from meicheng.engine.ranking import Rate
from meicheng.engine.surveys.calling_back import Combined, combined
from meicheng.ledger.models import CaseTally
from meicheng.organisation.models import User
from meicheng.organisation.permissions import scope

from .actions import MOST_ATTEMPTS, SATISFIED, answered_in, frame
from .models import CallBack, CallBackDraw

Outcome = CallBack.Outcome


@dataclass(frozen=True)
class Satisfaction:
    """What people of one month say of the results, and who did not say."""

    month: int
    answered: int
    rated: Rate  # who rated by themselves
    drawn: int
    called: Rate  # who was reached
    refused: int
    not_reached: int
    waiting: int
    no_number: int  # who did not rate and left no number
    estimate: Combined | None
    redone: Rate  # cases closed in the month that were done again
    received: Rate  # taken up in time
    answers: Rate  # answered in time

    @property
    def label(self) -> str:
        """The month as it is written: 2026-10."""
        return f"{self.month // 100}-{self.month % 100:02}"

    @property
    def silent(self) -> int:
        """Who did not rate."""
        return self.answered - self.rated.among


def satisfaction(month: int) -> Satisfaction:
    """The satisfaction of a month, as 202611 (4 SQL statements).

    Where a draw was made, who had rated by then speaks for herself, and those drawn for the rest;
    one who was drawn and rated by herself later counts as reached.
    """
    draw = CallBackDraw.objects.filter(month=month).first()
    if draw is None:
        found = answered_in(month).aggregate(
            answered=Count("pk"),
            rated=Count("pk", filter=Q(rating__isnull=False)),
            satisfied=Count("pk", filter=Q(rating__gte=SATISFIED)),
            phones=Count("pk", filter=Q(rating=None) & ~Q(phone_digest="")),
        )
        answered, rated = found["answered"], Rate(found["satisfied"], found["rated"])
        frame_size = found["phones"]
    else:
        answered, rated = draw.answered, Rate(draw.satisfied, draw.rated)
        frame_size = draw.frame
    calls = list(
        CallBack.objects.filter(draw=draw).values_list(
            "outcome", "attempts", "rating", "report__rating"
        )
        if draw is not None
        else []
    )
    said = [rating for _o, _t, told, own in calls if (rating := own or told) is not None]
    called = Rate(sum(one >= SATISFIED for one in said), len(said))
    left = [(outcome, tries) for outcome, tries, told, own in calls if not (own or told)]
    waiting = sum(
        outcome in {Outcome.WAITING, Outcome.NOT_REACHED} and tries < MOST_ATTEMPTS
        for outcome, tries in left
    )
    refused = sum(outcome == Outcome.REFUSED for outcome, _tries in left)
    counts = CaseTally.objects.filter(month=month).aggregate(
        **{name: Sum(name) for name in (
            "closed", "redone", "received_in_time", "receipt_known", "answered_in_time",
            "answer_known",
        )}
    )  # fmt: skip
    many = {name: value or 0 for name, value in counts.items()}
    return Satisfaction(
        month=month,
        answered=answered,
        rated=rated,
        drawn=len(calls),
        called=called,
        refused=refused,
        not_reached=len(left) - waiting - refused,
        waiting=waiting,
        no_number=answered - rated.among - frame_size,
        estimate=combined(rated, answered - rated.among, called, drawn=len(calls))
        if draw
        else None,
        redone=Rate(min(many["redone"], many["closed"]), many["closed"]),
        received=Rate(many["received_in_time"], many["receipt_known"]),
        answers=Rate(many["answered_in_time"], many["answer_known"]),
    )


def calls_to_make(user: User) -> QuerySet[CallBack]:
    """The calls that wait for somebody in the user's area, in the order of the lots."""
    where = scope(user, "reports.see_phone").filter(division="report__division")
    tries = Q(outcome__in=[Outcome.WAITING, Outcome.NOT_REACHED], attempts__lt=MOST_ATTEMPTS)
    found = CallBack.objects.filter(where, tries, report__rating=None)
    return found.order_by("draw__month", "attempts", "place")


def drawn_again(draw: CallBackDraw) -> list[int]:
    """The reports that the seed of a draw draws today; the same as then, unless numbers are gone."""
    codes = frame(draw.month, draw.drawn_at)
    return [int(code) for code in lots(codes, draw.calls.count(), draw.seed)]
