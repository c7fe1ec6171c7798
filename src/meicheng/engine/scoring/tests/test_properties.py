"""What holds for every standard and all evidence, tried on many made by chance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from meicheng.engine.scoring import Evidence, Place, SiteSum, account, score, share
from meicheng.engine.scoring.many import score_many

RULES = [
    {"kind": "pass_rate"},
    {"kind": "deduct", "per": 0.1},
    {"kind": "target", "at_least": 50, "partial": {"every": 10, "minus": 0.2}},
    {"kind": "share_of_answers", "counts": {"yes": 1, "maybe": 0.5}},
    {"kind": "materials", "needs": ["a", "b", "c"]},
    {"kind": "rate", "of": "satisfied", "among": "rated"},
]
WEIGHTS = st.integers(1, 20).map(float)


@st.composite
def trees(draw):
    """A standard of two or three levels, maybe with a bonus and vetoes."""
    numbers = iter(range(1000))

    def leaves(least):
        return [
            {"code": f"c{next(numbers)}", "weight": draw(WEIGHTS), "method": "m",
             "rule": draw(st.sampled_from(RULES))}
            for _ in range(draw(st.integers(least, 3)))
        ]  # fmt: skip

    def node(depth):
        children = [node(depth + 1) for _ in range(draw(st.integers(0, 2)))] if depth < 2 else []
        criteria = leaves(0 if children else 1)
        one = {"code": f"n{next(numbers)}", "weight": draw(WEIGHTS), "criteria": criteria}
        if draw(st.integers(0, 9)) == 0:
            rule = {"kind": "veto", "rules_out": one["code"]}
            criteria.append({"code": f"v{next(numbers)}", "method": "veto", "rule": rule})
        return one | {"children": children}

    tops = [node(0) for _ in range(draw(st.integers(1, 3)))]
    if draw(st.booleans()):
        tops.append(node(1) | {"bonus": True})
    return {"full_marks": draw(st.sampled_from([100.0, 1000.0])), "nodes": tops}


def criteria_of(nodes):
    for one in nodes:
        yield from one["criteria"]
        yield from criteria_of(one["children"])


@st.composite
def evidence_for(draw, tree):
    """Something, or nothing, of each criterion."""
    found = {}
    for one in criteria_of(tree["nodes"]):
        if draw(st.integers(0, 3)) == 0:
            continue
        if one["method"] == "veto":
            found[one["code"]] = Evidence(1, occurred=draw(st.booleans()))
            continue
        sites = [
            SiteSum(n, draw(st.sampled_from(["h", "k"])), float(draw(st.integers(0, 4))), 4.0)
            for n in range(draw(st.integers(1, 4)))
        ]
        yes, among = sum(s.hits for s in sites), sum(s.among for s in sites)
        field = one["rule"]["kind"] == "pass_rate"
        found[one["code"]] = Evidence(
            observations=int(among),
            values={"yes": yes, "no": among - yes},
            problems=float(draw(st.integers(0, 12))),
            number=float(draw(st.integers(0, 100))),
            accepted=frozenset(draw(st.sets(st.sampled_from("abc")))),
            rate=(yes, among),
            sites=sites if field else (),
        )
    return found


@st.composite
def situations(draw):
    tree = draw(trees())
    return tree, draw(evidence_for(tree))


def better(found, site):
    """One more look of one site passes, one problem less, one document more, a higher figure."""
    sites = list(found.sites)
    if sites:
        at = site % len(sites)
        sites[at] = sites[at]._replace(hits=min(sites[at].among, sites[at].hits + 1))
    among = sum(found.values.values())
    yes = min(among, found.values.get("yes", 0.0) + 1)
    return replace(
        found,
        values={"yes": yes, "no": among - yes},
        problems=max(0.0, found.problems - 1),
        number=(found.number or 0.0) + 1,
        accepted=found.accepted | {"a"},
        rate=(yes, among),
        sites=sites,
        occurred=False,
    )


@given(situations(), st.data())
def test_what_gets_better_never_lowers_a_mark(situation, data):
    tree, found = situation
    assume(found)
    code = data.draw(st.sampled_from(sorted(found)))
    before = score(tree, found)
    after = score(tree, found | {code: better(found[code], data.draw(st.integers(0, 3)))})
    if before.marks is not None:
        assert after.marks >= before.marks - 1e-9
    assert after.strict_marks >= before.strict_marks - 1e-9
    assert after.coverage == pytest.approx(before.coverage)


@given(situations(), st.data())
def test_a_passed_look_at_what_was_unknown_never_lowers_a_mark(situation, data):
    tree, found = situation
    unknown = [c["code"] for c in criteria_of(tree["nodes"])
               if c["code"] not in found and c["rule"]["kind"] == "pass_rate"]  # fmt: skip
    assume(unknown)
    code = data.draw(st.sampled_from(unknown))
    before = score(tree, found)
    after = score(tree, found | {code: Evidence(1, values={"yes": 1.0})})
    assert before.marks is None or after.marks >= before.marks - 1e-9
    assert after.strict_marks >= before.strict_marks - 1e-9
    assert after.coverage >= before.coverage - 1e-9


@given(situations())
def test_the_parts_add_up(situation):
    tree, found = situation
    result = score(tree, found)
    assume(result.marks is not None)
    basic = sum(c.worth for c in result.criteria if not c.bonus)
    ruled_out = {
        one["rule"]["rules_out"] for one in criteria_of(tree["nodes"])
        if one["method"] == "veto" and one["code"] in result.vetoes
    }  # fmt: skip
    if not ruled_out:
        assert basic == pytest.approx(tree["full_marks"])
        won = sum(c.worth * c.share for c in result.criteria if c.share is not None)
        assert won == pytest.approx(result.marks)
        failures = {c.code: {Place("LC"): 1.0, Place("XC"): 3.0} for c in result.criteria}
        lost = sum(entry.marks for entry in account(result, failures))
        bonus = sum(c.worth * c.share for c in result.criteria if c.bonus and c.share is not None)
        assert lost == pytest.approx(tree["full_marks"] + bonus - result.marks)
    strict = sum(c.full_marks * c.share for c in result.criteria if c.share is not None)
    assert strict == pytest.approx(result.strict_marks)
    assert sum(n.strict_marks for n in result.nodes if n.parent is None) == pytest.approx(strict)


@given(situations())
def test_renaming_codes_changes_nothing(situation):
    tree, found = situation

    def renamed(code):
        return f"x{code[::-1]}y"

    def rename(one):
        new = one | {"code": renamed(one["code"])}
        if "criteria" in one:
            new["criteria"] = [rename(c) for c in one["criteria"]]
            new["children"] = [rename(c) for c in one["children"]]
        elif one["rule"]["kind"] == "veto":
            new["rule"] = {"kind": "veto", "rules_out": renamed(one["rule"]["rules_out"])}
        return new

    other = tree | {"nodes": [rename(one) for one in tree["nodes"]]}
    before = score(tree, found)
    after = score(other, {renamed(code): one for code, one in found.items()})
    assert (after.marks, after.interval, after.strict_marks, after.coverage) == (
        before.marks, before.interval, before.strict_marks, before.coverage,
    )  # fmt: skip
    assert [renamed(n.code) for n in before.nodes] == [n.code for n in after.nodes]
    assert [n.marks for n in before.nodes] == [n.marks for n in after.nodes]


@given(situations())
def test_many_at_once_are_the_same_as_one(situation):
    tree, found = situation
    rules = {c["code"]: c["rule"] for c in criteria_of(tree["nodes"])}
    columns, out = {}, {}
    for code, one in found.items():
        if rules[code]["kind"] == "veto":
            if one.occurred:
                out[rules[code]["rules_out"]] = np.array([True])
        else:
            known = share(one, rules[code])
            columns[code] = np.array([np.nan if known is None else known])
    rolled = score_many(tree, columns, out, 1)
    result = score(tree, found)
    assert float(rolled.strict[0]) == pytest.approx(result.strict_marks)
    assert float(rolled.coverage[0]) == pytest.approx(result.coverage)
    if result.marks is None:
        assert np.isnan(rolled.marks[0])
    else:
        assert float(rolled.marks[0]) == pytest.approx(result.marks)
