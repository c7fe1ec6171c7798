"""Mock assessments and varied weights, against sums that can be done by hand or by `score`."""

import itertools
import math
from importlib import resources

import numpy as np
import pytest
import yaml

from meicheng.engine.scoring import Evidence, SiteSum, score
from meicheng.engine.scoring.mock import mock_assessment
from meicheng.engine.scoring.robustness import robustness

PASS = {"kind": "pass_rate"}


def leaf(code, weight=1, rule=PASS):
    return {"code": code, "weight": weight, "method": "field", "rule": rule}


def standard(*nodes, **more):
    return {"full_marks": 100, "nodes": list(nodes), **more}


def node(code, *criteria, weight=1, **more):
    return {"code": code, "weight": weight, "criteria": list(criteria), **more}


def seen(*sums):
    """Evidence of sites: (stratum, site, hits, among)."""
    sites = [SiteSum(site, stratum, hits, among) for stratum, site, hits, among in sums]
    yes, among = sum(s.hits for s in sites), sum(s.among for s in sites)
    return Evidence(int(among), len(sites), {"yes": yes, "no": among - yes}, sites=sites)


TREE = standard(
    node("1", leaf("1.1"), weight=3), node("2", leaf("2.1")), **{"pass": {"at_least": 70}}
)


def test_a_draw_of_every_site_gives_the_mark_itself():
    evidence = {
        "1.1": seen(("LC/lane", 1, 3, 4), ("XC/lane", 2, 4, 4)),
        "2.1": Evidence(1, number=90),
    }
    tree = standard(
        node("1", leaf("1.1"), weight=3),
        node("2", leaf("2.1", rule={"kind": "target", "at_least": 80})),
    )
    found = mock_assessment(tree, evidence, {"lane": 2}, draws=50)
    assert found.mean == pytest.approx(score(tree, evidence).marks)
    assert found.interval == pytest.approx((found.mean, found.mean))
    assert (found.sites, found.decides) == (2, ())


def test_the_draws_are_those_that_can_be_listed_by_hand():
    # two of four lanes, each 10 answers: passes 10, 8, 6, 4; six pairs, each equally likely
    passes = [10, 8, 6, 4]
    evidence = {"1.1": seen(*[("LC/lane", n, p, 10) for n, p in enumerate(passes)])}
    tree = standard(node("1", leaf("1.1")), **{"pass": {"at_least": 70}})
    pairs = [(a + b) / 20 * 100 for a, b in itertools.combinations(passes, 2)]
    found = mock_assessment(tree, evidence, {"lane": 2}, draws=20_000, seed=1)
    assert found.mean == pytest.approx(sum(pairs) / 6, abs=0.3)  # 70
    # 90, 80, 70, 70, 60, 50: four of six are at least 70
    assert found.pass_probability == pytest.approx(4 / 6, abs=0.01)
    assert (min(pairs), max(pairs)) == pytest.approx(found.interval)


def test_the_spread_of_the_total_is_shared_out_among_the_nodes():
    evidence = {
        "1.1": seen(*[("LC/lane", n, n % 3, 2) for n in range(30)]),
        "2.1": seen(*[("LC/lane", n, n % 2, 1) for n in range(30)]),
    }
    found = mock_assessment(TREE, evidence, {"lane": 8}, draws=4000)
    assert sum(part for _code, part in found.decides) == pytest.approx(1)
    assert found.decides[0][0] == "1"


def test_what_is_not_planned_or_not_known_is_left_out():
    evidence = {
        "1.1": seen(("LC/lane", 1, 1, 2), ("LC/lane", 2, 1, 2)),
        "2.1": seen(("LC/market", 3, 0, 2)),
    }
    assert mock_assessment(TREE, evidence, {"lane": 1}, draws=20).mean == pytest.approx(50)
    assert mock_assessment(TREE, {}, {"lane": 1}, draws=20) is None


def test_ten_thousand_draws_of_a_whole_city_agree_with_the_interval():
    text = resources.files("meicheng.data").joinpath("frameworks", "sanitary-city-2021.yaml")
    document = yaml.load(text.read_text("utf-8"), yaml.CSafeLoader)
    dice = np.random.default_rng(5)
    evidence, kinds = {}, {}

    def walk(nodes):
        for one in nodes:
            for criterion in one.get("criteria") or []:
                if criterion["rule"]["kind"] == "pass_rate":
                    sums = []
                    for kind in criterion["site_kinds"]:
                        first = kinds.setdefault(kind, len(kinds) * 1000)
                        for site in range(first, first + 25):
                            sums.append((f"LC/{kind}", site, dice.binomial(2, 0.8), 2))
                    evidence[criterion["code"]] = seen(*sums)
            walk(one.get("children") or [])

    walk(document["nodes"])
    found = mock_assessment(document, evidence, dict.fromkeys(kinds, 5), draws=10_000)
    # what 25 sites of each kind show, 5 of each would show with √((1 − 5/25) · 25/24 · 5) the spread
    low, high = score(document, evidence).interval
    spread = (found.interval[1] - found.interval[0]) / (high - low)
    assert found.sites == 5 * len(kinds)
    assert spread == pytest.approx(math.sqrt(5 * (1 - 5 / 25)), rel=0.1)
    assert found.mean == pytest.approx(score(document, evidence).marks, abs=1)


def test_who_is_better_in_everything_stays_ahead_whatever_the_weights():
    tree = standard(node("1", leaf("a"), leaf("b", 3)), node("2", leaf("c")))
    shares = {
        "LC": {"a": 0.9, "b": 0.9, "c": 0.8},
        "XC": {"a": 0.8, "b": 0.7, "c": 0.7},
        "SF": {"a": 0.2, "b": 0.4, "c": 0.99},
    }
    found = robustness(tree, shares, draws=3000)
    assert found.survives("LC", "XC")
    assert found.ahead["LC", "XC"] == 1
    assert [place.code for place in found.places] == ["LC", "XC", "SF"]
    # (0.9 · 1/4 + 0.9 · 3/4)/2 + 0.8/2 = 0.85
    assert found.places[0].marks == pytest.approx(85)
    low, high = found.places[0].interval
    assert low < 85 < high


def test_a_lead_that_hangs_on_the_weights_does_not_survive():
    tree = standard(node("1", leaf("a"), weight=51), node("2", leaf("b"), weight=49))
    found = robustness(tree, {"LC": {"a": 1, "b": 0}, "XC": {"a": 0, "b": 1}}, draws=4000)
    assert [(p.code, p.rank, p.ranks) for p in found.places] == [
        ("LC", 1, (1, 2)),
        ("XC", 2, (1, 2)),
    ]
    assert not found.survives("LC", "XC")
    assert 0.5 < found.ahead["LC", "XC"] < 0.6


def test_the_spread_of_weights_is_what_was_asked_for():
    # k = 2 equal parts: sd of a weight 0.2 · 1/2 = 0.1, so the sd of marks 100·w is 10
    tree = standard(node("1", leaf("a")), node("2", leaf("b")))
    found = robustness(tree, {"LC": {"a": 1, "b": 0}}, spread=0.2, draws=20_000)
    low, high = found.places[0].interval
    assert (high - low) / (2 * 1.96) == pytest.approx(10, rel=0.04)
    with pytest.raises(ValueError, match="spread"):
        robustness(tree, {"LC": {"a": 1}}, spread=0)
