"""Chances of failing, learned from a made city whose true chances are known."""

import numpy as np
import pytest

from meicheng.engine.lookalikes import as_looks, calibration, item_means, pool


def made_city(seed, sites=400, items=12):
    """Looks of two periods at the same sites, and the true chance of every row."""
    dice = np.random.default_rng(seed)
    of_item = dice.normal(-2.0, 0.8, items)
    of_kind = dice.normal(0, 0.5, (items, 5))
    of_district = dice.normal(0, 0.3, (items, 3))
    of_site = dice.normal(0, 0.7, sites)
    kinds, districts = dice.integers(0, 5, sites), dice.integers(0, 3, sites)
    rows, truth = [], []
    for item in range(items):
        for site in range(sites):
            logit = (
                of_item[item]
                + of_kind[item, kinds[site]]
                + of_district[item, districts[site]]
                + of_site[site]
                + dice.normal(0, 0.4)
            )
            rows.append((item, kinds[site], districts[site], site))
            truth.append(1 / (1 + np.exp(-logit)))
    return np.array(rows), np.array(truth), dice


def looks_of(rows, truth, dice, most):
    among = dice.integers(0, most + 1, len(rows))
    failed = dice.binomial(among, truth)
    kept = among > 0
    return as_looks(np.column_stack([rows, failed, among])[kept]), kept


def test_chances_agree_with_what_is_seen_next_and_beat_the_mean_of_the_item():
    rows, truth, dice = made_city(5, sites=2000)
    learned, _kept = looks_of(rows, truth, dice, 3)
    later, kept = looks_of(rows, truth, dice, 3)
    model = pool(learned)
    chances = model.chances(later.items, later.kinds, later.districts, later.sites)
    means = item_means(learned, later.items)
    found = calibration(chances, later.failed, later.among, means)
    # The true chances are 0.005 off what is seen, by luck alone.
    by_luck = calibration(truth[kept], later.failed, later.among, means)
    assert by_luck.error < 0.01
    assert found.error < by_luck.error + 0.005
    assert by_luck.brier < found.brier < 0.97 * found.brier_of_mean
    assert found.caught > 0.28  # of a tenth of the looks chosen at random it would be 0.1


def test_the_model_ranks_better_than_what_each_place_itself_showed():
    rows, truth, dice = made_city(6)
    learned, kept = looks_of(rows, truth, dice, 3)
    model = pool(learned)
    chances = model.chances(learned.items, learned.kinds, learned.districts, learned.sites)
    raw = learned.failed / learned.among
    true = truth[kept]
    assert np.abs(chances - true).mean() < 0.5 * np.abs(raw - true).mean()
    assert np.corrcoef(chances, true)[0, 1] > 0.8


def test_a_family_that_does_not_matter_is_pooled_away():
    """Failures differ by item alone: districts and kinds get nearly no spread."""
    dice = np.random.default_rng(2)
    rows = [(item, site % 5, site % 3, site) for item in range(10) for site in range(300)]
    chance = np.array([0.05 + 0.06 * row[0] for row in rows])
    looks = as_looks(np.column_stack([rows, dice.binomial(4, chance), np.full(len(rows), 4)]))
    model = pool(looks)
    of_item, of_kind, of_district, of_site, _both = model.spreads
    assert of_item > 0.3
    assert max(of_kind, of_district, of_site) < 0.05


def test_a_site_never_looked_at_has_the_chance_of_its_like():
    rows = [(1, 0, 0, site, 8, 10) for site in range(20)]
    rows += [(1, 1, 0, site, 1, 10) for site in range(20, 40)]
    model = pool(as_looks(rows))
    new = np.array([999, 999])
    bad, good = model.chances(np.array([1, 1]), np.array([0, 1]), np.array([0, 0]), new)
    assert bad == pytest.approx(0.8, abs=0.06)
    assert good == pytest.approx(0.1, abs=0.06)


def test_two_failures_in_two_looks_are_no_certainty_and_twenty_nearly_are():
    rows = [(1, 0, 0, site, 1, 10) for site in range(200)]
    few = pool(as_looks([*rows, (1, 0, 0, 500, 2, 2)]))
    many = pool(as_looks([*rows, (1, 0, 0, 500, 20, 20)]))
    asked = (np.array([1]), np.array([0]), np.array([0]), np.array([500]))
    assert 0.1 < few.chances(*asked)[0] < 0.6
    assert many.chances(*asked)[0] > few.chances(*asked)[0]


def test_the_order_of_the_rows_does_not_matter():
    rows, truth, dice = made_city(8, sites=60, items=4)
    looks, _kept = looks_of(rows, truth, dice, 3)
    columns = np.column_stack(
        [looks.items, looks.kinds, looks.districts, looks.sites, looks.failed, looks.among]
    )
    turned = pool(as_looks(columns[::-1]))
    straight = pool(looks)
    asked = (looks.items, looks.kinds, looks.districts, looks.sites)
    assert np.allclose(turned.chances(*asked), straight.chances(*asked), atol=1e-6)


def test_nothing_seen_is_said():
    with pytest.raises(ValueError, match="no looks"):
        pool(as_looks([]))
    with pytest.raises(ValueError, match="more than all"):
        as_looks([(1, 0, 0, 1, 3, 2)])
