"""Every kind of rule in every combination of what is known and what is missing, by hand.

Node 1 weighs 60 and holds x (30, of the rule in question, share s) and y (10, share 0.5); node 2 weighs
40 and holds z (share 1). Full marks are 100.
"""

import pytest

from meicheng.engine.scoring import Evidence, score

# A rule, what is known of it, and its share.
RULES = {
    "pass_rate": ({"kind": "pass_rate"}, Evidence(4, values={"yes": 3, "no": 1}), 0.75),
    "deduct": ({"kind": "deduct", "per": 0.2}, Evidence(5, problems=2), 0.6),
    "target": ({"kind": "target", "at_most": 55, "partial": {"linear_from": 60}}, Evidence(1, number=56), 0.8),
    "target by steps": ({"kind": "target", "at_least": 70, "partial": {"every": 10, "minus": 0.2}}, Evidence(1, number=45), 0.6),
    "target or rising": ({"kind": "target", "at_least": 70, "or": "rising"}, Evidence(2, number=60, yearly=((2025, 50), (2026, 60))), 1.0),
    "trend": ({"kind": "trend", "direction": "falling", "years": 2}, Evidence(2, yearly=((2025, 8), (2026, 9))), 0.0),
    "trend below the mean": ({"kind": "trend", "not_above_mean_of": 2}, Evidence(3, yearly=((2024, 10), (2025, 8), (2026, 9))), 1.0),
    "grade": ({"kind": "grade", "steps": [{"share": 1, "above": 85}, {"share": 0.6, "above": 80}]}, Evidence(1, number=85), 0.6),
    "grade of requirements": ({"kind": "grade", "steps": [{"share": 1, "needs": 3}, {"share": 0.5, "needs": 2}]}, Evidence(1, number=2), 0.5),
    "share_of_answers": ({"kind": "share_of_answers", "counts": {"good": 1, "fair": 0.5}}, Evidence(10, values={"good": 6, "fair": 2, "bad": 2, "no_answer": 5}), 0.7),
    "materials": ({"kind": "materials", "needs": ["a", "b", "c", "d"]}, Evidence(1, accepted=frozenset({"a"})), 0.25),
    "rate": ({"kind": "rate", "of": "satisfied", "among": "rated"}, Evidence(20, rate=(17, 20)), 0.85),
    "rate with a target": ({"kind": "rate", "of": "satisfied", "among": "rated", "at_least": 95, "partial": {"every": 5, "minus": 0.2}}, Evidence(20, rate=(17, 20)), 0.6),
}  # fmt: skip
# What is known: the estimate, the strict mark and the coverage, from the share s of x.
KNOWN = {
    "": (None, 0, 0),
    # the share of what alone is known; strictly 60 · 30s/(30 + 10); 30/40 of a part of 60
    "x": (lambda s: 100 * s, lambda s: 60 * 30 * s / 40, 0.6 * 30 / 40),
    "y": (lambda s: 100 * 0.5, lambda s: 60 * 10 * 0.5 / 40, 0.6 * 10 / 40),
    "z": (lambda s: 100, lambda s: 40, 0.4),
    # node 1 whole, node 2 unknown: its weight goes to node 1
    "xy": (lambda s: 100 * (30 * s + 5) / 40, lambda s: 60 * (30 * s + 5) / 40, 0.6),
    # x speaks for y, within node 1 alone
    "xz": (lambda s: 60 * s + 40, lambda s: 60 * 30 * s / 40 + 40, 0.6 * 30 / 40 + 0.4),
    "yz": (lambda s: 60 * 0.5 + 40, lambda s: 60 * 10 * 0.5 / 40 + 40, 0.6 * 10 / 40 + 0.4),
    "xyz": (lambda s: 60 * (30 * s + 5) / 40 + 40, lambda s: 60 * (30 * s + 5) / 40 + 40, 1),
}
PASS = {"kind": "pass_rate"}


def leaf(code, rule, weight=None):
    return {"code": code, "rule": rule, "method": "field"} | ({"weight": weight} if weight else {})


def marks_of(rule, found, known, *more, rules_out=()):
    """The standard scored where only `known` of x, y and z is."""
    evidence = {
        "x": found,
        "y": Evidence(2, values={"yes": 1, "no": 1}),
        "z": Evidence(1, values={"yes": 1}),
    }
    document = {
        "full_marks": 100,
        "nodes": [
            {"code": "1", "weight": 60, "criteria": [leaf("x", rule, 30), leaf("y", PASS, 10), *more]},
            {"code": "2", "weight": 40, "criteria": [leaf("z", PASS, 1)]},
        ],
    }  # fmt: skip
    occurred = {code: Evidence(1, occurred=True) for code in rules_out}
    return score(document, {code: evidence[code] for code in known} | occurred)


@pytest.mark.parametrize("known", KNOWN)
@pytest.mark.parametrize("kind", RULES)
def test_estimate_strict_mark_and_coverage_of_every_rule(kind, known):
    rule, found, share = RULES[kind]
    marks = marks_of(rule, found, known)
    estimate, strict, coverage = KNOWN[known]
    if estimate is None:
        assert (marks.marks, marks.strict_marks, marks.coverage) == (None, 0, 0)
    else:
        assert marks.marks == pytest.approx(estimate(share))
        assert marks.strict_marks == pytest.approx(strict(share))
        assert marks.coverage == pytest.approx(coverage)
    x = marks.criteria[0]
    assert (x.share, x.missing) == ((pytest.approx(share), False) if "x" in known else (None, True))


@pytest.mark.parametrize("known", KNOWN)
def test_an_event_that_rules_the_standard_out_leaves_nothing_of_what_is_known(known):
    veto = leaf("v", {"kind": "veto", "rules_out": "framework"})
    marks = marks_of(PASS, RULES["pass_rate"][1], known, veto, rules_out="v")
    assert marks.marks == (0 if known else None)
    assert marks.strict_marks == 0
    assert marks.coverage == pytest.approx(KNOWN[known][2])


@pytest.mark.parametrize("known", KNOWN)
def test_an_event_that_rules_a_part_out_leaves_the_other(known):
    veto = leaf("v", {"kind": "veto", "rules_out": "1"})
    marks = marks_of(PASS, RULES["pass_rate"][1], known, veto, rules_out="v")
    # node 1 is known to have nothing: (60 · 0 + 40 · 1)/100 with z, and 0 of 60 without it
    assert marks.marks == (40 if "z" in known else 0)
    assert marks.strict_marks == (40 if "z" in known else 0)


@pytest.mark.parametrize("known", KNOWN)
def test_an_event_that_nobody_told_of_changes_nothing(known):
    veto = leaf("v", {"kind": "veto", "rules_out": "framework"})
    rule, found, _share = RULES["pass_rate"]
    with_veto, without = marks_of(rule, found, known, veto), marks_of(rule, found, known)
    assert with_veto.marks == without.marks
    assert with_veto.coverage == without.coverage
