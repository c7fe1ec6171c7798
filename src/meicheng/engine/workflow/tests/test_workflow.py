"""The workflow's table says who may do what, and never leaves a case in a corner."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meicheng.engine.workflow import (
    FINAL,
    TRANSITIONS,
    Facts,
    Need,
    Role,
    State,
    Step,
    WrongState,
    allowed,
    as_markdown,
    check,
    step_of,
    transition,
)

PAGE = Path(__file__).parents[5] / "docs" / "workflow.md"


def codes(state, roles=None):
    return [row.code for row in allowed(state, roles)]


def walk(*steps, state=State.REPORTED):
    for code in steps:
        state = check(state, code).after(state)
    return state


def test_the_straight_way_leads_from_a_report_to_a_closed_case():
    steps = ("register", "dispatch", "accept", "start", "resolve", "verify", "close")
    assert walk(*steps) is State.CLOSED


def test_the_straight_way_passes_the_seven_public_steps_in_order():
    state, seen = State.REPORTED, [step_of(State.REPORTED)]
    for code in ("register", "dispatch", "start", "resolve", "verify", "close"):
        state = check(state, code).after(state)
        seen.append(step_of(state))
    assert seen == list(Step)


def test_work_that_fails_verification_goes_back_to_the_unit_and_comes_round_again():
    failed = walk("register", "dispatch", "resolve", "redo")
    assert failed is State.TO_REDO
    assert walk("start", "resolve", "verify", "close", state=failed) is State.CLOSED


def test_a_citizen_who_is_not_satisfied_reopens_a_closed_case_and_can_do_nothing_else():
    assert [row.code for row in TRANSITIONS if Role.CITIZEN in row.roles] == ["reopen"]
    assert walk("reopen", state=State.CLOSED) is State.TO_REDO


def test_a_unit_that_has_reported_the_work_done_cannot_send_the_case_back():
    assert "send_back" in codes(State.ACCEPTED, [Role.UNIT_WORKER])
    assert "send_back" not in codes(State.TO_REDO, [Role.UNIT_WORKER])


def test_an_extension_leaves_the_case_where_it_is_and_needs_approval_by_another_role():
    row = transition("ask_extension")
    assert row.after(State.ACCEPTED) is State.ACCEPTED
    assert Need.APPROVAL in row.needs
    assert row.approved_by == transition("extend").roles
    assert not set(row.roles) & set(row.approved_by)


def test_reporting_the_work_as_done_needs_a_photograph():
    assert "photo" in transition("resolve").needs


def test_nobody_who_does_the_work_may_verify_or_close_it():
    workers = {Role.UNIT_WORKER, Role.UNIT_LEAD}
    for code in ("verify", "close", "redo"):
        assert not workers & set(transition(code).roles)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
def test_who_reads_or_manages_accounts_moves_no_case(role):
    assert all(not allowed(state, [role]) for state in State)


def test_a_verifier_is_sent_to_the_spot_where_the_draw_says_so():
    def offered(drawn):
        return [row.code for row in allowed("resolved", ["verifier"], facts=Facts(drawn=drawn))]

    assert offered(drawn=True) == ["verify", "redo"]
    assert offered(drawn=False) == ["verify", "pass_photo", "redo"]


def test_a_wrong_step_is_answered_with_the_steps_that_are_possible_in_both_languages():
    with pytest.raises(WrongState) as error:
        check(State.CLOSED, "dispatch")
    assert str(error.value) == (
        "“Dispatch” is not possible: the case is “Closed”; it is possible from "
        "“To be dispatched”, “Sent back by the unit”, “Relapsed”. "
        "Possible now: “Reopen”, “Mark as relapsed”."
    )
    assert error.value.say("zh-hans").endswith("现在可以：“重新办理”、“反弹”。")
    assert [row.code for row in error.value.allowed] == ["reopen", "relapse"]


def test_a_step_that_does_not_exist_is_named_with_those_that_do():
    with pytest.raises(KeyError, match=r"fly.*register, turn_down"):
        transition("fly")


@given(st.sampled_from(State), st.sampled_from([row.code for row in TRANSITIONS]))
def test_check_lets_through_exactly_what_is_allowed(state, code):
    if code in codes(state):
        assert check(state, code).code == code
    else:
        with pytest.raises(WrongState):
            check(state, code)


def test_every_state_can_be_reached_from_a_report():
    reached, todo = set(), [State.REPORTED]
    while todo:
        state = todo.pop()
        if state not in reached:
            reached.add(state)
            todo += [row.after(state) for row in allowed(state)]
    assert reached == set(State)


def test_a_case_that_waits_can_always_be_brought_to_an_end():
    ends = set(FINAL)
    for _ in State:
        ends |= {s for s in State if any(row.after(s) in ends for row in allowed(s))}
    assert ends == set(State)


def test_only_a_closed_case_comes_back_to_life():
    assert {state for state in FINAL if allowed(state)} == {State.CLOSED}


def test_every_state_and_step_has_its_words_in_both_languages():
    for one in [*State, *Step]:
        assert one.label.zh
        assert one.label.en
    for row in TRANSITIONS:
        assert row.why.zh.endswith("。")
        assert row.why.en.endswith(".")


def test_the_page_in_docs_is_current():
    assert PAGE.read_text(encoding="utf-8") == as_markdown(), (
        "run: python -m meicheng.engine.workflow > docs/workflow.md"
    )
