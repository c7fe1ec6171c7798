"""How far what is said with a chance may be trusted, on made cities whose truth is known.

In how many of 2,000 simulated cities the 95 % interval of the marks covers the truth, and how well the
chances of look-alikes agree with later looks, beside the true chances and beside each item's plain mean.
"""

from __future__ import annotations

from importlib import import_module

import numpy as np

from tools.bench import record, stopwatch

CITIES = 2000


def main() -> None:
    """Both, with the same made cities as the tests."""
    with stopwatch() as watch:
        results: dict[str, object] = {"coverage": coverage()}
    results["coverage_seconds"] = round(watch.seconds, 1)
    with stopwatch() as watch:
        results["look_alikes"] = look_alikes()
    results["look_alikes_seconds"] = round(watch.seconds, 1)
    record("trust", results)


def coverage() -> dict[str, float]:
    """Shares of cities whose truth lies within the interval; 0.95 is promised."""
    made = import_module("meicheng.engine.scoring.tests.test_coverage")
    large = made.covered(20261123, (60, 160), lambda dice, _of: dice.choice((15, 20, 25)))
    small = made.covered(7, (20, 40), made.of_few)
    without = made.covered(7, (20, 40), made.of_few, finite=False)
    return {
        "large_strata": large / CITIES,
        "small_strata": small / CITIES,
        "small_strata_without_the_number_of_sites": without / CITIES,
    }


def look_alikes() -> dict[str, float]:
    """Learned from looks at 2,000 sites, judged by later ones; the true chances are off by luck."""
    from meicheng.engine.lookalikes import calibration, item_means, pool

    made = import_module("meicheng.engine.tests.test_lookalikes")
    rows, truth, dice = made.made_city(5, sites=2000)
    learned, _kept = made.looks_of(rows, truth, dice, 3)
    later, kept = made.looks_of(rows, truth, dice, 3)
    chances = pool(learned).chances(later.items, later.kinds, later.districts, later.sites)
    means = item_means(learned, later.items)
    found = calibration(chances, later.failed, later.among, means)
    by_luck = calibration(np.asarray(truth)[kept], later.failed, later.among, means)
    return {
        "foretold_and_seen_differ_by": round(found.error, 4),
        "the_true_chances_by": round(by_luck.error, 4),
        "brier": round(found.brier, 4),
        "brier_of_true_chances": round(by_luck.brier, 4),
        "brier_of_the_items_mean": round(found.brier_of_mean, 4),
        "failures_in_the_riskiest_tenth": round(found.caught, 3),
    }
