"""The optimiser against all choices there are, and against the greedy list."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meicheng.engine.planning import Limits, Measure, best_plan, front, greedy_plan

WHOLE = st.integers(0, 12).map(float)


@st.composite
def tasks(draw):
    count = draw(st.integers(1, 9))
    measures = []
    for index in range(count):
        needs = draw(st.sets(st.integers(0, index - 1), max_size=2)) if index else set()
        measures.append(
            Measure(
                code=f"m{index}",
                gain=draw(WHOLE),
                effort=draw(WHOLE),
                unit=draw(st.sampled_from("AB")),
                days=draw(st.integers(0, 30)),
                choice=draw(st.sampled_from(["", "", "lanes", "toilets"])),
                needs=tuple(f"m{need}" for need in sorted(needs)),
            )
        )
    limits = Limits(
        effort=draw(st.none() | WHOLE.map(lambda n: 2 * n)),
        unit_effort=draw(st.none() | WHOLE),
        units=draw(st.dictionaries(st.sampled_from("AB"), WHOLE, max_size=2)),
        days=draw(st.none() | st.integers(5, 30)),
    )
    return measures, limits


def allowed(chosen, limits):
    """The rules of a plan, said once more in the plainest way."""
    codes = {one.code for one in chosen}
    choices = [one.choice for one in chosen if one.choice]
    if len(choices) != len(set(choices)) or any(not codes >= set(one.needs) for one in chosen):
        return False
    if limits.days is not None and any(one.days > limits.days for one in chosen):
        return False
    if limits.effort is not None and sum(one.effort for one in chosen) > limits.effort:
        return False
    for unit in "AB":
        most = limits.units.get(unit, limits.unit_effort)
        if most is not None and sum(o.effort for o in chosen if o.unit == unit) > most:
            return False
    return True


def every_plan(measures, limits):
    for size in range(len(measures) + 1):
        for chosen in combinations(measures, size):
            if allowed(chosen, limits):
                yield chosen


@settings(max_examples=120, deadline=None)
@given(tasks())
def test_the_best_plan_gains_as_much_as_any_choice_and_takes_least(task):
    measures, limits = task
    plan = best_plan(measures, limits)
    assert plan.proven
    assert allowed(plan.measures, limits)
    most = max(sum(one.gain for one in chosen) for chosen in every_plan(measures, limits))
    assert plan.gain == pytest.approx(most)
    least = min(
        sum(one.effort for one in chosen)
        for chosen in every_plan(measures, limits)
        if sum(one.gain for one in chosen) == most
    )
    assert plan.effort == pytest.approx(least)


@settings(max_examples=80, deadline=None)
@given(tasks(), st.integers(0, 40))
def test_the_cheapest_plan_for_so_many_marks_is_the_cheapest_there_is(task, wanted):
    measures, limits = task
    plan = best_plan(measures, limits, cheapest_for=wanted)
    assert allowed(plan.measures, limits)
    enough = [
        sum(one.effort for one in chosen)
        for chosen in every_plan(measures, limits)
        if sum(one.gain for one in chosen) >= wanted
    ]
    if enough:
        assert plan.gain >= wanted - 1e-6
        assert plan.effort == pytest.approx(min(enough))
    else:
        assert plan.gain == pytest.approx(best_plan(measures, limits).gain)


@settings(max_examples=80, deadline=None)
@given(tasks())
def test_the_greedy_list_keeps_the_rules_and_never_beats_the_best_plan(task):
    measures, limits = task
    greedy = greedy_plan(measures, limits)
    assert allowed(greedy.measures, limits)
    assert greedy.gain <= best_plan(measures, limits).gain + 1e-6


def test_two_measures_that_fit_together_are_better_than_the_one_that_leads_the_list():
    measures = [Measure("toilets", 7, 6), Measure("lamps", 5, 5), Measure("bins", 5, 5)]
    assert {one.code for one in greedy_plan(measures, Limits(effort=10)).measures} == {"toilets"}
    assert {one.code for one in best_plan(measures, Limits(effort=10)).measures} == {
        "lamps",
        "bins",
    }


def test_more_effort_never_gains_less_along_the_front():
    measures = [Measure(f"m{n}", (n * 7) % 11 + 1, (n * 5) % 13 + 1, unit="A") for n in range(20)]
    plans = front(measures, Limits(unit_effort=60), steps=8)
    gains = [plan.gain for plan in plans]
    assert gains == sorted(gains)
    assert plans[0].measures == ()
    assert plans[-1].gain == best_plan(measures, Limits(unit_effort=60)).gain
    assert all(plan.effort <= 60 for plan in plans)


def test_a_measure_that_needs_what_cannot_be_done_in_time_is_not_planned():
    measures = [Measure("dig", 0, 1, days=90), Measure("pave", 9, 1, days=10, needs=("dig",))]
    assert best_plan(measures, Limits(days=30)).measures == ()
    assert best_plan(measures, Limits(days=90)).gain == 9


@pytest.mark.parametrize(
    ("measures", "said"),
    [
        ([Measure("a", 1, 1), Measure("a", 2, 1)], "a is given twice"),
        ([Measure("a", 1, 1, needs=("b",))], "a needs b"),
    ],
)
def test_measures_that_contradict_each_other_are_refused(measures, said):
    with pytest.raises(ValueError, match=said):
        best_plan(measures, Limits())


def test_a_loss_is_not_a_measure():
    with pytest.raises(ValueError, match="may be below 0"):
        Measure("worse", -1, 1)
