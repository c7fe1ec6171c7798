"""What an interval promises is kept: simulated cities whose truth is known."""

import random

from meicheng.engine.scoring import Evidence, SiteSum, score

WEIGHTS = {"1.1": 5, "1.2": 3, "2.1": 2}
TREE = {
    "full_marks": 1000,
    "nodes": [
        {
            "code": node,
            "weight": 1,
            "criteria": [
                {"code": code, "weight": weight, "method": "field", "rule": {"kind": "pass_rate"}}
                for code, weight in WEIGHTS.items()
                if code.startswith(node)
            ],
        }
        for node in ("1", "2")
    ],
}
ITEMS = 6  # looks at a site for each criterion


def a_city(dice, sizes=(60, 160)):
    """Sites by stratum (district × kind), each with its passes for every criterion.

    A site's own quality moves all its criteria, so that they are far from independent.
    """
    city = {}
    for stratum in ("LC/lane", "LC/market", "XC/lane", "XC/market"):
        level = dice.uniform(0.55, 0.92)
        sites = []
        for _ in range(dice.randint(*sizes)):
            quality = dice.betavariate(9 * level, 9 * (1 - level))
            passes = {code: sum(dice.random() < quality for _ in range(ITEMS)) for code in WEIGHTS}
            sites.append(passes)
        city[stratum] = sites
    return city


def evidence_of(drawn, weights):
    """What is known from the drawn sites, each standing for as many as were not drawn."""
    found = {}
    for code in WEIGHTS:
        sums = [
            SiteSum(number, stratum, weights[stratum] * site[code], weights[stratum] * ITEMS)
            for stratum, number, site in drawn
        ]
        yes, among = sum(one.hits for one in sums), sum(one.among for one in sums)
        values = {"yes": yes, "no": among - yes}
        found[code] = Evidence(ITEMS * len(sums), len(sums), values, sites=sums)
    return found


def covered(seed, sizes, size_of, *, finite=True):
    """In how many of 2,000 cities the interval covers the truth."""
    dice = random.Random(seed)
    count = 0
    for _ in range(2000):
        city = a_city(dice, sizes)
        everything = [(h, n, site) for h, sites in city.items() for n, site in enumerate(sites)]
        truth = score(TREE, evidence_of(everything, dict.fromkeys(city, 1.0))).marks
        drawn, weights = [], {}
        for stratum, sites in city.items():
            size = size_of(dice, len(sites))  # not in proportion: the weights put it right
            weights[stratum] = len(sites) / size
            drawn += [(stratum, n, sites[n]) for n in dice.sample(range(len(sites)), size)]
        population = {stratum: len(sites) for stratum, sites in city.items()} if finite else None
        low, high = score(TREE, evidence_of(drawn, weights), population).interval
        count += low <= truth <= high
    return count


def test_in_two_thousand_cities_the_interval_of_the_total_covers_the_truth_as_promised():
    count = covered(20261123, (60, 160), lambda dice, _of: dice.choice((15, 20, 25)))
    assert 0.93 * 2000 <= count <= 0.97 * 2000


def of_few(dice, of):
    """Half of few sites, or up to nine of ten."""
    return round(of * dice.uniform(0.5, 0.9))


def test_where_most_of_few_sites_are_seen_the_interval_still_keeps_its_promise():
    assert 0.93 * 2000 <= covered(7, (20, 40), of_few) <= 0.97 * 2000


def test_without_the_number_of_sites_the_interval_promises_too_little():
    assert covered(7, (20, 40), of_few, finite=False) > 0.99 * 2000


def test_when_every_site_was_seen_nothing_is_left_to_chance():
    city = a_city(random.Random(7))
    everything = [(h, n, site) for h, sites in city.items() for n, site in enumerate(sites)]
    population = {stratum: len(sites) for stratum, sites in city.items()}
    result = score(TREE, evidence_of(everything, dict.fromkeys(city, 1.0)), population)
    assert result.interval == (result.marks, result.marks)
