"""What would be, if: shares, figures, materials and problems supposed otherwise than they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meicheng.engine.scoring import Change, Evidence, SiteSum, score, supposed


def standard(*criteria):
    return {
        "full_marks": 100,
        "pass": {"at_least": 80},
        "nodes": [{"code": "1", "weight": 1, "criteria": list(criteria)}],
    }


def criterion(code, weight, rule, method="field"):
    return {"code": code, "weight": weight, "method": method, "rule": rule}


LANES = criterion("lanes", 3, {"kind": "pass_rate"})
AIR = criterion("air", 1, {"kind": "target", "at_most": 35, "or": "falling"}, "statistic")
SEEN = {
    "lanes": Evidence(
        observations=8,
        site_count=2,
        values={"yes": 4, "no": 4},
        sites=[SiteSum(1, "LC/lane", 3, 4), SiteSum(2, "LC/lane", 1, 4)],
    ),
    "air": Evidence(observations=1, number=40, yearly=[(2025, 39), (2026, 40)]),
}


def test_mending_half_of_the_failures_moves_marks_and_interval_and_chance():
    document = standard(LANES, AIR)
    before = score(document, SEEN)
    after = score(document, supposed(document, SEEN, {"lanes": Change(share=0.75)}, year=2026))
    # lanes worth 75 of 100, air 25 at 0: 75 × 0.5 = 37.5, and 75 × 0.75 = 56.25
    assert before.marks == pytest.approx(37.5)
    assert after.marks == pytest.approx(56.25)
    # Sites 3/4 and 1/4 become 3.5/4 and 2.5/4: their difference is halved, and with it the doubt.
    wide = before.interval[1] - before.marks
    assert after.interval[1] - after.marks == pytest.approx(wide / 2)
    both = {"lanes": Change(share=0.75), "air": Change(number=35)}
    with_air = score(document, supposed(document, SEEN, both, year=2026))
    assert with_air.marks == pytest.approx(81.25)
    assert before.pass_probability < 0.05 < 0.5 < with_air.pass_probability


def test_a_worse_share_costs_marks():
    document = standard(LANES)
    after = score(document, supposed(document, SEEN, {"lanes": Change(share=0.25)}, year=2026))
    assert after.marks == pytest.approx(25)  # 1.5/4 and 0.5/4


def test_a_better_figure_meets_the_target_and_a_little_better_one_by_falling():
    document = standard(AIR)
    for number, marks in ((34, 100), (38, 100), (39, 0)):
        after = score(document, supposed(document, SEEN, {"air": Change(number=number)}, year=2026))
        assert after.marks == marks, number


def test_materials_that_would_be_accepted_count():
    rule = {"kind": "materials", "needs": ["plan", "minutes", "summary", "photos"]}
    document = standard(criterion("docs", 1, rule, "document"))
    change = Change(accepted=frozenset({"plan", "minutes", "summary"}))
    assert score(document, supposed(document, {}, {"docs": change}, year=2026)).marks == 75


def test_fewer_problems_found_cost_less_and_keep_their_kinds():
    rule = {"kind": "deduct", "per": 0.02, "by_kind": {"burning": 0.1}}
    document = standard(criterion("waste", 1, rule))
    seen = {"waste": Evidence(observations=9, problems=10, problems_by_kind={"burning": 5})}
    # 5 × 0.1 + 5 × 0.02 = 0.6 off; half as many of each: 0.3 off
    assert score(document, seen).marks == pytest.approx(40)
    after = score(document, supposed(document, seen, {"waste": Change(problems=5)}, year=2026))
    assert after.marks == pytest.approx(70)


def test_a_rate_keeps_the_number_of_its_cases():
    document = standard(criterion("on-time", 1, {"kind": "rate", "of": "on_time_closed"}, "case"))
    seen = {"on-time": Evidence(observations=40, rate=(30, 40))}
    assert supposed(document, seen, {"on-time": Change(share=0.9)}, year=2026)[
        "on-time"
    ].rate == pytest.approx((36, 40))


def test_an_event_that_would_rule_out_takes_everything():
    veto = {
        "code": "accident",
        "method": "veto",
        "rule": {"kind": "veto", "rules_out": "framework"},
    }
    document = standard(LANES, veto)
    after = score(
        document, supposed(document, SEEN, {"accident": Change(occurred=True)}, year=2026)
    )
    assert after.marks == 0


def test_what_is_unknown_becomes_known():
    document = standard(LANES, AIR)
    after = score(document, supposed(document, {}, {"lanes": Change(share=0.8)}, year=2026))
    assert (after.marks, after.coverage, after.interval) == (pytest.approx(80), 0.75, None)


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(1, 5)), min_size=2, max_size=6),
    st.floats(0, 1),
)
def test_the_supposed_share_is_had_exactly_and_no_site_leaves_its_bounds(pairs, wanted):
    sites = [SiteSum(i, "s", min(h, n), n) for i, (h, n) in enumerate(pairs)]
    yes, among = sum(s.hits for s in sites), sum(s.among for s in sites)
    seen = {"lanes": Evidence(len(pairs), len(pairs), {"yes": yes, "no": among - yes}, sites=sites)}
    document = standard(LANES)
    after = supposed(document, seen, {"lanes": Change(share=wanted)}, year=2026)
    assert score(document, after).marks == pytest.approx(100 * wanted)
    assert sum(s.hits for s in after["lanes"].sites) / among == pytest.approx(wanted)
    assert all(-1e-9 <= s.hits <= s.among + 1e-9 for s in after["lanes"].sites)


@given(
    st.dictionaries(st.sampled_from(["good", "fair", "bad", "no_answer"]), st.floats(0.1, 9)),
    st.floats(0, 1),
)
def test_answers_can_be_supposed_of_any_worth(values, wanted):
    rule = {"kind": "share_of_answers", "counts": {"good": 1, "fair": 0.5}}
    document = standard(criterion("happy", 1, rule, "survey"))
    seen = {"happy": Evidence(observations=9, values=values)}
    after = supposed(document, seen, {"happy": Change(share=wanted)}, year=2026)
    assert score(document, after).marks == pytest.approx(100 * wanted, abs=1e-6)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"lane": Change(share=0.5)}, "no criterion lane"),
        ({"lanes": Change(number=0.5)}, r"lanes \(pass_rate\) is changed by share; given: number"),
        ({"lanes": Change()}, "is changed by share; given: "),
        ({"lanes": Change(share=90)}, "90 is not a share"),
        ({"air": Change(share=0.5)}, "is changed by number"),
    ],
)
def test_a_change_that_does_not_fit_is_refused(changes, said):
    with pytest.raises(ValueError, match=said):
        supposed(standard(LANES, AIR), SEEN, changes, year=2026)
