"""Calls: questions that the hotline answered at once, and call-backs of the last three months."""

from __future__ import annotations

import random
from datetime import timedelta

from meicheng.knowledge.models import Article
from meicheng.ledger.events import write_event
from meicheng.organisation.models import User
from meicheng.organisation.personal import digest, masked, seal
from meicheng.places.time import city_day, midnight
from meicheng.voices.actions import report_chain
from meicheng.voices.callbacks.actions import answered_in, draw_call_backs
from meicheng.voices.callbacks.models import CallBack
from meicheng.voices.codes import LENGTH, LETTERS, check_letter
from meicheng.voices.models import Report

from .world import World, city_time

MONTHS = 3
A_MONTH = 24  # call-backs drawn
NUMBERS = 120  # reports of a month with a number
REMARKS = ("处理得挺快", "修好了，谢谢", "过几天又这样了", "打电话问过才来人", "还可以")

ASKED = 14  # days in which questions were answered at once, one a day


def make_answers(world: World) -> int:
    """Questions of the last days, answered from the knowledge base while the caller waited; how many."""
    chance, desk = world.chance("answers"), User.objects.get(username="dispatcher")
    articles = list(Article.objects.select_related("kind").order_by("pk"))
    for ago in range(ASKED, 0, -1):
        article, area = chance.choice(articles), chance.choice(world.ground.communities)
        morning = city_time(world.until - timedelta(days=ago)).replace(hour=9, minute=0)
        asked = morning + timedelta(minutes=chance.randrange(480))
        said = asked + timedelta(minutes=chance.randint(2, 6))
        drawn = "".join(chance.choices(LETTERS, k=LENGTH - 1))
        report = Report.objects.create(
            code=drawn + check_letter(drawn), state=Report.State.ANSWERED, source="hotline",
            kind=article.kind, subject=article.question, body=f"来电咨询：{article.question}",
            division_id=area.pk, reported_at=asked,
            reply=article.answer, replied_at=said,
        )  # fmt: skip
        Report.objects.filter(pk=report.pk).update(received_at=asked)  # now, unless it is said
        data = {"reply": article.answer, "article": article.code}
        write_event(report_chain(report), "answered", by=desk, at=said, data=data)
    return ASKED


def make_calls(world: World) -> int:
    """Draw, call and write down; how many were called. The newest month waits in part."""
    chance, done = world.chance("calls"), 0
    first = city_day(world.until).replace(day=1)
    for ago in range(1, MONTHS + 1):
        count = first.year * 12 + first.month - 1 - ago
        month = count // 12 * 100 + count % 12 + 1
        _leave_numbers(month)
        after = midnight(city_day(midnight(first)) - timedelta(days=30 * (ago - 1)))
        draw = draw_call_backs(
            month,
            at=min(after + timedelta(days=15), world.until),
            seed=f"{world.seed}/calls/{month}",
            most=A_MONTH,
        )
        calls = list(draw.calls.order_by("place"))
        for call in calls[: len(calls) // 2 if ago == 1 else None]:
            _call(call, chance)
            call.called_at = min(draw.drawn_at + timedelta(hours=2 * call.place), world.until)
            done += 1
        CallBack.objects.bulk_update(
            calls, ["outcome", "attempts", "rating", "rating_manner", "remark", "called_at"]
        )
    return done


def _leave_numbers(month: int) -> None:
    reports = list(
        answered_in(month).filter(source__in=["hotline", "portal"]).order_by("pk")[:NUMBERS]
    )
    for report in reports:
        number = f"199{report.pk:08}"  # a range that is given to nobody here
        report.phone_sealed, report.phone_digest = seal(number), digest(number)
        report.phone_masked = masked(number)
    Report.objects.bulk_update(reports, ["phone_sealed", "phone_digest", "phone_masked"])


def _call(call: CallBack, chance: random.Random) -> None:
    """What became of a call: two of three are reached, and are less content than who rates."""
    call.attempts = 1
    luck = chance.random()
    if luck < 0.68:
        call.outcome = CallBack.Outcome.REACHED
        call.rating = chance.choices((5, 4, 3, 2, 1), (28, 34, 20, 11, 7))[0]
        call.rating_manner = min(5, call.rating + chance.randint(0, 1))
        call.remark = chance.choice(REMARKS) if chance.random() < 0.4 else ""
    elif luck < 0.78:
        call.outcome = CallBack.Outcome.REFUSED
    elif luck < 0.95:
        call.outcome, call.attempts = CallBack.Outcome.NOT_REACHED, 3
    else:
        call.outcome = CallBack.Outcome.WRONG_NUMBER
