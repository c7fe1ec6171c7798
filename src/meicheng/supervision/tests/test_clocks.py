"""Warnings, supervision and cards follow from the clock, whoever looks and whenever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from meicheng.cases.models import Case
from meicheng.engine.calendar import Limit, WorkingCalendar
from meicheng.ledger.models import Event
from meicheng.ledger.verify import verify
from meicheng.notices.models import Notice
from meicheng.supervision.actions import Needed, answer_supervision, set_rules
from meicheng.supervision.catching import adopt, catch_up
from meicheng.supervision.clocks import follow_case, pass_until
from meicheng.supervision.ladder import BadRules, Rung, pack_rungs
from meicheng.supervision.models import Clock, Rules, Supervision, TimeWarning

working = WorkingCalendar()
MONDAY = datetime(2026, 9, 28, 8, 30, tzinfo=working.zone)


@pytest.fixture
def late(city, monkeypatch):
    """A case of 4 working hours, dispatched on Monday 28 September at 8:30; the clock can be set."""
    now = [MONDAY]
    monkeypatch.setattr(timezone, "now", lambda: now[0])

    def at(moment: datetime) -> None:
        now[0] = moment

    for role in ("unit-lead", "unit-worker"):
        city.user(role, unit=city.unit())
    city.user("district-lead")
    city.user("city-lead")
    case = city.case(state="dispatched")
    return case, at


def passed(case):
    """What was passed of a case, in order: version, per cent, and when."""
    rows = [*TimeWarning.objects.filter(clock=case.pk), *Supervision.objects.filter(clock=case.pk)]
    return sorted((one.version, one.percent, one.passed_at) for one in rows)


def local(day, hour, minute=0):
    return datetime(2026, 9, day, hour, minute, tzinfo=working.zone)


def test_a_case_is_warned_at_half_its_time_and_again_until_it_is_due(late):
    """4 working hours from 8:30: half at 10:30, 80 % at 11:42, due at 14:30 after the noon break."""
    case, at = late
    at(local(28, 10, 29))
    assert catch_up() == 0
    at(local(28, 14, 30))
    assert catch_up() == 1
    assert passed(case) == [
        (1, 50, local(28, 10, 30)),
        (1, 80, local(28, 11, 42)),
        (1, 100, local(28, 14, 30)),
    ]
    assert catch_up() == 0


def test_supervision_rises_to_the_city_with_its_cards_though_nobody_looked_for_days(late):
    """Due Monday 14:30; 4 hours later is Tuesday 9:00 (3.5 h and 0.5 h), 8 is 15:00, 12 Wednesday 9:30."""
    _case, at = late
    at(local(30, 18))
    assert catch_up() == 1
    found = [(one.to, one.card, one.passed_at) for one in Supervision.objects.order_by("percent")]
    assert found == [
        ("unit-lead", "", local(29, 9)),
        ("district-lead", "yellow", local(29, 15)),
        ("city-lead", "red", local(30, 9, 30)),
    ]
    assert verify().faults == []


def test_each_superior_is_told_once_and_that_half_the_time_was_used_is_no_news_then(late, city):
    _case, at = late
    at(local(30, 18))
    catch_up()
    catch_up()
    told = {
        role: Notice.objects.filter(person=city.user(role)).count()
        for role in ("district-lead", "city-lead")
    }
    assert told == {"district-lead": 1, "city-lead": 1}
    lead = Notice.objects.filter(
        person=city.user("unit-lead", unit=city.unit()), kind="case.supervised"
    )
    assert lead.count() == 3
    assert not Notice.objects.filter(kind="case.warning").exists()


def test_a_pause_moves_what_is_still_to_come_and_nothing_else(late, city):
    case, at = late
    at(local(28, 11))
    case = city.take(case, "suspend")
    at(local(28, 16))
    assert catch_up() == 0  # half was passed with the step, at 10:30
    assert passed(case) == [(1, 50, local(28, 10, 30))]
    case = city.take(case, "resume")
    case.refresh_from_db()
    assert case.due_at == local(28, 17, 30)  # 2.5 h were used, 1.5 h were left
    at(local(28, 18))
    catch_up()
    assert passed(case)[1:] == [(1, 80, local(28, 16, 42)), (1, 100, local(28, 17, 30))]


def test_the_time_of_verifying_is_not_the_units(late, city):
    """Done after 2.5 of 4 hours, found bad two days later: 1.5 hours are left."""
    case, at = late
    at(local(28, 11))
    for step in ("accept", "start", "resolve"):
        case = city.take(case, step)
    at(local(30, 8, 30))
    assert catch_up() == 0
    case = city.take(case, "redo")
    case.refresh_from_db()
    assert case.due_at == local(30, 10)
    at(local(30, 10))
    catch_up()
    assert [one[1] for one in passed(case)] == [50, 80, 100]


def test_done_work_stops_the_clock_and_closing_lifts_the_supervision(late, city):
    case, at = late
    at(local(29, 9, 30))
    catch_up()
    for step in ("accept", "start", "resolve"):
        case = city.take(case, step)
    at(local(30, 18))
    assert catch_up() == 0
    assert Supervision.objects.get().lifted_at is None
    for step in ("verify", "close"):
        case = city.take(case, step)
    assert Supervision.objects.get().lifted_at == local(30, 18)
    assert Event.objects.filter(verb="supervision_lifted").count() == 1


def test_a_case_dispatched_anew_begins_anew(late, city):
    case, at = late
    at(local(28, 14))
    case = city.take(case, "send_back")
    at(local(29, 8, 30))
    case = city.take(case, "dispatch")
    at(local(29, 10, 30))
    catch_up()
    assert passed(case) == [
        (1, 50, local(28, 10, 30)), (1, 80, local(28, 11, 42)), (2, 50, local(29, 10, 30)),
    ]  # fmt: skip


def test_the_unit_answers_until_it_is_lifted_and_nobody_else_does(late, city):
    case, at = late
    at(local(29, 10))
    catch_up()
    one = Supervision.objects.get()
    lead = city.user("unit-lead", unit=city.unit())
    with pytest.raises(PermissionError):
        answer_supervision(one, by=city.user("dispatcher"), words="忙")
    with pytest.raises(PermissionError):
        answer_supervision(
            one, by=city.user("unit-lead", unit=city.unit(district="XC")), words="忙"
        )
    with pytest.raises(Needed):
        answer_supervision(one, by=lead, words="  ")
    said = answer_supervision(one, by=lead, words="车辆故障，今日18时前清理完毕")
    assert said.answered_by == lead
    for step in ("accept", "resolve", "verify", "close"):
        case = city.take(case, step)
    with pytest.raises(Needed):
        answer_supervision(one, by=lead, words="已清理")
    assert verify().faults == []


def test_cases_from_before_are_given_a_clock_once(late, city):
    case, at = late
    Clock.objects.all().delete()
    at(local(28, 12))
    assert adopt(MONDAY.date()) == 1
    assert adopt(MONDAY.date()) == 0
    catch_up()
    assert [one[1] for one in passed(case)] == [50, 80]


def test_new_rules_hold_for_clocks_that_start_from_then_on(late, city):
    case, at = late
    office = city.user("creation-office")
    set_rules([Rung(60, colour="yellow"), Rung(150, to="city-lead", card="red")], by=office)
    other = city.case(state="dispatched")
    at(local(28, 17, 30))
    catch_up()
    assert [one[1] for one in passed(case)] == [50, 80, 100]
    assert [one[1] for one in passed(other)] == [60, 150]
    assert Event.objects.filter(chain="supervision-rules").count() == 1
    with pytest.raises(PermissionError):
        set_rules([], by=city.user("district-lead"))


@pytest.mark.parametrize(
    "rungs",
    [
        [Rung(0, colour="red")],
        [Rung(120, colour="red")],
        [Rung(90, to="city-lead")],
        [Rung(200, to="mayor")],
        [Rung(50, colour="red", card="red")],
        [Rung(50, colour="red"), Rung(50, colour="yellow")],
        [Rung(200)],
    ],
)
def test_rules_that_make_no_sense_are_refused(city, rungs):
    with pytest.raises(BadRules):
        set_rules(rungs, by=city.user("creation-office"))


STEPS = {"suspend": "suspended", "resume": "in_progress", "resolve": "resolved", "redo": "to_redo",
         "extend": "in_progress", "send_back": "sent_back", "dispatch": "dispatched"}  # fmt: skip


@settings(max_examples=150)
@given(
    st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.integers(1, 3000)), max_size=8),
    st.lists(st.integers(0, 20_000), max_size=12),
    st.sampled_from(["4wh", "2wd", "5h", "1d"]),
)
def test_what_is_passed_does_not_depend_on_when_somebody_looks(steps, looks, written):
    """The same life, looked at every minute of a step, at random, and never but at its steps."""
    limit = Limit.parse(written)

    def live(moments):
        case = Case(pk=1, state="dispatched", dispatched_at=MONDAY, limit=written, unit_id=1)
        case.due_at = working.due(MONDAY, limit)
        rules = Rules(pk=1)
        clock = Clock(case=case, rules=rules)
        follow_case(clock, case, "dispatch", MONDAY, rules, pack_rungs(), working)
        found, at, stood, waiting = [], MONDAY, None, sorted(moments)

        def look(until):
            found.extend((one.version, one.rung.percent, one.at) for one in
                         pass_until(clock, pack_rungs(), working, until))  # fmt: skip

        for code, minutes in steps:
            at += timedelta(minutes=minutes)
            while waiting and waiting[0] <= at:
                look(waiting.pop(0))
            state = case.state
            running = state in {"dispatched", "in_progress", "to_redo"}
            if (code == "resume" and state != "suspended") or (
                code == "redo" and state != "resolved"
            ):
                continue
            if code == "dispatch" and state != "sent_back":
                continue
            if code in {"suspend", "resolve", "extend", "send_back"} and not running:
                continue
            look(at)
            case.state = STEPS[code]
            if code in {"suspend", "resolve"}:
                stood = at
            elif code in {"resume", "redo"}:
                gone = working.remaining(stood, at, limit)
                case.due_at = working.moved(case.due_at, gone, limit)
            elif code == "extend":
                case.due_at = working.moved(case.due_at, working.length(limit), limit)
            elif code == "send_back":
                case.unit_id = case.due_at = case.dispatched_at = None
            elif code == "dispatch":
                case.unit_id, case.dispatched_at = 1, at
                case.due_at = working.due(at, limit)
            follow_case(clock, case, code, at, rules, pack_rungs(), working)
        for moment in waiting:
            look(max(moment, at))
        look(at + timedelta(days=60))
        return found

    often = live([MONDAY + timedelta(minutes=step) for step in range(0, 20_000, 7)])
    assert often == live([])
    assert often == live([MONDAY + timedelta(minutes=minutes) for minutes in looks])
    assert len({(version, percent) for version, percent, _at in often}) == len(often)
    assert all(at.tzinfo is UTC for _version, _percent, at in often)


def test_the_parts_of_a_split_case_have_clocks_at_once(city):
    whole = city.take(city.case(state="registered"), "split")
    parts = list(whole.parts.all())
    assert len(parts) == 2
    assert all(part.clock.due_at == part.due_at for part in parts)
