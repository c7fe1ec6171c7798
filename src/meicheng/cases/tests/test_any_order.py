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
from meicheng.cases.facts import facts_of, read_facts
from meicheng.cases.models import Case
from meicheng.cases.queries.waiting import STRAIGHT_WAY
from meicheng.cases.reaching import may_case
from meicheng.engine.workflow import (
    AT_THE_DESK,
    FINAL,
    PEOPLES_STEPS,
    Need,
    State,
    WrongState,
    hindrance,
    is_drawn,
    needs_of,
    replay,
    transition,
)
from meicheng.engine.workflow import allowed as steps_from
from meicheng.ledger.models import Event
from meicheng.ledger.rebuild import rebuild
from meicheng.ledger.verify import verify
from meicheng.organisation.models import Membership
from meicheng.organisation.permissions import NotAllowed
from meicheng.standards.models import CaseKind

STEPS = sorted(PEOPLES_STEPS)
ROLES = [role.value for role in Membership.Role]
REACHED: set[str] = set()
WITH_A_UNIT = {
    State.DISPATCHED, State.ACCEPTED, State.IN_PROGRESS, State.RESOLVED, State.VERIFIED,
    State.TO_REDO, State.SUSPENDED, State.CLOSED,
}  # fmt: skip
COLUMNS = [field.attname for field in Case._meta.concrete_fields]
BESIDE_ITS_CHAIN = [
    name for name in COLUMNS if name not in {"events_count", "head_hash", "updated_at"}
]


END = {"register", "dispatch", "resolve", "verify", "close"}


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
        two = [("围挡", "fence off", "2h"), ("修复", "repair", "1wd")]
        self.city.kinds["sunken-road"] = CaseKind.objects.create(
            code="sunken-road",
            name_zh="路面塌陷",
            name_en="Sunken road",
            group="facility",
            role_id="urban-management",
            stages=[{"do": {"zh": zh, "en": en}, "limit": limit} for zh, en, limit in two],
        )
        self.cases: list[int] = []

    @precondition(lambda self: len(self.cases) < 3)  # few, so that they come far
    @rule(
        kind=st.sampled_from(["exposed-litter", "lamp-out", "sunken-road"]),
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
        if case.pk not in self.cases:  # else one that was closed here came back
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
        case = self.case(which)
        before = Case.objects.filter(pk=case.pk).values(*COLUMNS).get()
        events = Event.objects.count()
        who = self.somebody(role, home, case)
        row = transition(step)
        more = {"by": who, "remark": remark, "seen": case.events_count - old}
        if case.due_at is not None or Need.UNTIL not in row.needs:
            more |= self.city.asked(case, step)
        if Need.UNTIL in row.needs:
            more.setdefault("until", self.city_now())
        if Need.PHOTO in row.needs and not with_photo:
            more["photos"] = []
        if Need.CASE in row.needs:
            more["to"] = Case.objects.get(pk=self.cases[0])
        allowed = may_case(who, f"cases.{step}", case)
        facts = read_facts(case, step, at=self.city_now())
        try:
            getattr(actions, f"{step}_case")(case, **more)
        except (NotAllowed, WrongState, actions.Needed, actions.Stale):
            after = Case.objects.filter(pk=case.pk).values(*COLUMNS).get()
            assert after == before, "what is refused changes nothing"
            assert Event.objects.count() == events
            return
        assert allowed, f"{role} of {home} took {step}"
        assert State(before["state"]) in row.from_states
        assert hindrance(row, facts) is None
        assert not old, "a step on an old page is refused"
        assert remark or Need.REMARK not in needs_of(row, facts)
        assert with_photo or Need.PHOTO not in row.needs
        now = Case.objects.get(pk=case.pk)
        assert State(now.state) == row.after(State(before["state"]))
        self.follow_parts(now)

    @precondition(lambda self: self.cases)
    @rule(which=st.integers(0, 50), choice=st.integers(0, 60))
    def somebody_who_may_goes_on(self, which: int, choice: int) -> None:
        case = self.case(which)
        facts = facts_of(
            case,
            at=self.city_now(),
            supports=case.supports.select_related("unit"),
            stages=case.stages.all(),
        )
        steps = [
            row.code
            for row in steps_from(case.state, facts=facts)
            if row.by_people and row.code != "join"
        ]
        if case.parent_id is not None:
            steps = [step for step in steps if step != "split"]
        if case.supports.exists():  # there is one other unit in the little district to ask
            steps = [step for step in steps if step != "support"]
        if choice % 7:  # seldom to an end of which there is no way back
            steps = [step for step in steps if step not in {"withdraw", "turn_down"}] or steps
        if choice % 3 == 0:  # every third time straight on, so that a walk comes to the end
            steps = [step for step in steps if step in STRAIGHT_WAY] or steps
        if steps:
            step = steps[choice // 3 % len(steps)]
            desk = self.city.user("creation-office")
            if step == "withdraw":  # what was decided on an old page is not done
                with pytest.raises(actions.Stale):
                    actions.withdraw_case(case, by=desk, remark="重复", seen=case.events_count - 1)
            self.follow_parts(self.city.take(case, step, remark="已办理"))
            REACHED.add(step)

    @precondition(lambda self: self.cases)
    @rule(which=st.integers(0, 50), choice=st.integers(0, 20))
    def somebody_takes_a_step_and_takes_it_back(self, which: int, choice: int) -> None:
        case = self.case(which)
        facts = facts_of(case, at=self.city_now(), supports=case.supports.select_related("unit"))
        rows = [row for row in steps_from(case.state, facts=facts) if row.undoable]
        if not rows:
            return
        step = rows[choice % len(rows)].code
        who, never = self.city.who_takes(case, step), actions.why_never(case, step)
        before = Case.objects.filter(pk=case.pk).values(*BESIDE_ITS_CHAIN).get()
        with actions.can_be_undone(case, step, by=who):
            taken = self.city.take(case, step)
        if never:
            with pytest.raises(actions.CannotUndo):
                actions.undo_case(taken, by=who)
            return
        actions.undo_case(taken, by=who)
        assert Case.objects.filter(pk=case.pk).values(*BESIDE_ITS_CHAIN).get() == before

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
            state, split = State(case.state), case.split_at is not None
            if state in AT_THE_DESK:
                assert case.due_at is None, state
                assert case.unit_id is None or state is State.RELAPSED, state
            elif state is State.SPLIT:  # its parts have owners and clocks, and one is open
                assert case.due_at is None
                assert case.parts.exclude(state__in=list(FINAL)).exists()
            elif state in WITH_A_UNIT:
                assert case.unit_id is not None, state
                assert (case.due_at is None) == split, state
            assert (case.closed_at is not None) == (state in FINAL), state
            assert (case.suspended_at is not None) == (state is State.SUSPENDED)
            assert (case.review_on is not None) == (state is State.SUSPENDED)
            assert case.extensions.filter(granted=None).count() == (case.extension == "asked")

    @invariant()
    def stages_end_with_their_case_and_checks_were_drawn_by_its_chain(self) -> None:
        for case in Case.objects.select_related("kind"):
            stages = list(case.stages.all())
            assert case.late_stages == sum(stage.late for stage in stages)
            if stages and case.due_at is not None:
                assert stages[-1].due_at == case.due_at
            if case.state in {"resolved", "verified"}:
                last = Event.objects.filter(chain=case.chain, verb="resolve").latest("sequence")
                assert case.spot_check == is_drawn(last.hash, last.data["chance"])

    @invariant()
    def the_events_retell_the_state(self) -> None:
        for case in Case.objects.all():
            events = list(Event.objects.filter(chain=case.chain).order_by("sequence"))
            assert replay((event.verb, event.data) for event in events) == State(case.state)
            assert len(events) == case.events_count

    @invariant()
    def the_counts_are_those_of_a_recount_and_the_chains_are_whole(self) -> None:
        assert rebuild(check=True) == []
        assert verify().found == 0

    def case(self, which: int) -> Case:
        return Case.objects.select_related("kind", "division", "unit", "site").get(
            pk=self.cases[which % len(self.cases)]
        )

    def follow_parts(self, case: Case) -> None:
        for part in case.parts.values_list("pk", flat=True):
            if part not in self.cases:
                self.cases.append(part)

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
    walks = settings(settings.get_profile("house"), max_examples=12, stateful_step_count=40)
    for _turn in range(4):  # hashes draw what is seen on the spot: some twelve walks close no case
        run_state_machine_as_test(CasesInAnyOrder, settings=walks)
        if REACHED >= END:
            return
    raise AssertionError(f"no walk has come to the end: {END - REACHED}")
