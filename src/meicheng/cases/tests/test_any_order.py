"""People of every role do anything to any case, in any order, and the books stay right."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from meicheng.cases import actions
from meicheng.cases.models import Case
from meicheng.engine.workflow import State, WrongState, transition
from meicheng.engine.workflow import allowed as steps_from
from meicheng.ledger.models import Event
from meicheng.ledger.rebuild import rebuild
from meicheng.ledger.verify import verify
from meicheng.organisation.models import Membership
from meicheng.organisation.permissions import MATRIX, NotAllowed, may

STEPS = sorted(
    code.removeprefix("cases.") for code in MATRIX if hasattr(actions, f"{code[6:]}_case")
)
STEPS = [step for step in STEPS if step not in {"open"}]
ROLES = [role.value for role in Membership.Role]
REACHED: set[str] = set()
WITH_A_UNIT = {
    State.DISPATCHED, State.ACCEPTED, State.IN_PROGRESS, State.RESOLVED, State.VERIFIED,
    State.TO_REDO, State.SUSPENDED, State.CLOSED,
}  # fmt: skip
COLUMNS = [field.attname for field in Case._meta.concrete_fields]


class CasesInAnyOrder(RuleBasedStateMachine):
    """A small city in which anybody tries anything."""

    def __init__(self) -> None:
        super().__init__()
        self.outer = transaction.atomic()
        self.outer.__enter__()
        cache.clear()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.outer.__exit__(None, None, None)

    @initialize()
    def found_a_city(self) -> None:
        from meicheng.demo.little import City

        self.city = City()
        self.photo = self.city.photo()
        self.cases: list[int] = []

    @precondition(lambda self: len(self.cases) < 3)  # few, so that they come far
    @rule(
        kind=st.sampled_from(["exposed-litter", "lamp-out", "dirty-road"]),
        division=st.sampled_from(["LC0101", "LC0102", "XC0101"]),
        age=st.integers(0, 60),
    )
    def open(self, kind: str, division: str, age: int) -> None:
        at = self.city_now() - timedelta(days=age)
        case = actions.open_case(
            kind=self.city.kind(kind),
            division=self.city.division(division),
            by=None,
            source="portal",
            reported_at=at,
        )
        self.cases.append(case.pk)

    @precondition(lambda self: self.cases)
    @rule(
        which=st.integers(0, 50),
        step=st.sampled_from(STEPS),
        role=st.sampled_from(ROLES),
        home=st.sampled_from(["LC", "XC", "CITY"]),
        remark=st.sampled_from(["", "已办理"]),
        with_photo=st.booleans(),
        old=st.booleans(),
    )
    def anybody_tries(
        self,
        which: int,
        step: str,
        role: str,
        home: str,
        remark: str,
        with_photo: bool,
        old: bool,
    ) -> None:
        case = Case.objects.select_related("kind", "division", "unit").get(
            pk=self.cases[which % len(self.cases)]
        )
        before = Case.objects.filter(pk=case.pk).values(*COLUMNS).get()
        events = Event.objects.count()
        who = self.somebody(role, home, case)
        seen = case.events_count - 1 if old else case.events_count
        more = {"by": who, "remark": remark, "seen": seen}
        if step == "dispatch":
            more["to"] = self.city.unit()
        if step == "join":
            more["to"] = Case.objects.get(pk=self.cases[0])
        if step in {"resolve", "verify"}:
            more["photos"] = [self.photo] if with_photo else []
        allowed = may(who, f"cases.{step}", division=case.division, unit=case.unit)
        row = transition(step)
        try:
            getattr(actions, f"{step}_case")(case, **more)
        except (NotAllowed, WrongState, actions.Needed, actions.Stale):
            after = Case.objects.filter(pk=case.pk).values(*COLUMNS).get()
            assert after == before, "what is refused changes nothing"
            assert Event.objects.count() == events
            return
        assert allowed, f"{role} of {home} took {step}"
        assert State(before["state"]) in row.from_states
        assert not old, "a step on an old page is refused"
        assert remark or "remark" not in row.needs
        assert with_photo or "photo" not in row.needs
        now = Case.objects.get(pk=case.pk)
        assert State(now.state) == row.after(State(before["state"]))

    @precondition(lambda self: self.cases)
    @rule(which=st.integers(0, 50), choice=st.integers(0, 20))
    def somebody_who_may_goes_on(self, which: int, choice: int) -> None:
        case = Case.objects.select_related("kind", "division", "unit").get(
            pk=self.cases[which % len(self.cases)]
        )
        steps = [row.code for row in steps_from(case.state) if row.code in set(STEPS) - {"join"}]
        if choice % 7:  # seldom to an end of which there is no way back
            steps = [step for step in steps if step not in {"withdraw", "turn_down"}] or steps
        if steps:
            step = steps[choice % len(steps)]
            desk = self.city.user("creation-office")
            if step == "withdraw":  # what was decided on an old page is not done
                with pytest.raises(actions.Stale):
                    actions.withdraw_case(case, by=desk, remark="重复", seen=case.events_count - 1)
            self.city.take(case, step, remark="已办理")
            REACHED.add(step)

    @precondition(lambda self: Case.objects.filter(state="closed").exists())
    @rule(which=st.integers(0, 50), rating=st.integers(0, 6))
    def a_citizen_rates(self, which: int, rating: int) -> None:
        closed = list(Case.objects.filter(state="closed").order_by("pk"))
        case = closed[which % len(closed)]
        if rating in range(1, 6):
            actions.rate_case(case, rating=rating)
        else:
            with pytest.raises(actions.Needed):
                actions.rate_case(case, rating=rating)

    @precondition(lambda self: self.cases)
    @rule(which=st.integers(0, 50))
    def one_more_reports_it(self, which: int) -> None:
        case = Case.objects.get(pk=self.cases[which % len(self.cases)])
        actions.add_report(case, code="ANOTHER")

    @invariant()
    def whoever_has_it_has_a_clock(self) -> None:
        for case in Case.objects.all():
            if State(case.state) in WITH_A_UNIT:
                assert case.unit_id is not None, case.state
                assert case.due_at is not None, case.state
            ended = {State.CLOSED, State.TURNED_DOWN, State.JOINED, State.WITHDRAWN}
            assert (case.closed_at is not None) == (State(case.state) in ended), case.state
            assert (case.suspended_at is not None) == (case.state == State.SUSPENDED)

    @invariant()
    def the_events_retell_the_state(self) -> None:
        for case in Case.objects.all():
            state = State.REPORTED
            events = list(Event.objects.filter(chain=case.chain).order_by("sequence"))
            for event in events[1:]:
                if event.verb not in {"rated", "reported_again", "joined_by"}:
                    state = transition(event.verb).after(state)
            assert state == State(case.state)
            assert len(events) == case.events_count

    @invariant()
    def the_counts_are_those_of_a_recount_and_the_chains_are_whole(self) -> None:
        assert rebuild(check=True) == []
        assert verify().found == 0

    def city_now(self):
        from django.utils import timezone

        return timezone.now()

    def somebody(self, role: str, home: str, case: Case):
        if role in {"unit-worker", "unit-lead"}:
            unit = case.unit or self.city.unit(district="LC")
            other = self.city.unit("traffic-police", "XC")
            return self.city.user(role, unit=unit if home != "XC" else other)
        return self.city.user(role, division=home)


@pytest.mark.django_db
def test_anybody_may_try_anything_in_any_order():
    assert connection.in_atomic_block
    run_state_machine_as_test(
        CasesInAnyOrder,
        settings=settings(settings.get_profile("house"), max_examples=20, stateful_step_count=50),
    )
    assert {"register", "dispatch", "resolve", "verify", "close"} <= REACHED, (
        "a walk has come to the end"
    )
