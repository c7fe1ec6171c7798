"""Whether a campaign worked, from the cases and visits of the city."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from meicheng.campaigns.actions import compare_with
from meicheng.campaigns.effect import effect_of
from meicheng.cases.models import SPOKEN
from meicheng.engine.effects import Reason, Verdict
from meicheng.ledger.actions import new_observation, observe
from meicheng.places.models import Division


@pytest.fixture
def wide(city):
    """Five communities more in LC and nine in XC, so that there is something to compare."""
    made = []
    for district, count in (("LC", 5), ("XC", 9)):
        street = city.division(f"{district}01")
        made += [
            Division(code=f"{district}01{number}", name_zh=f"{district}{number}社区",
                     level="community", parent=street, path=f"{street.path}{district}01{number}/",
                     district=city.division(district), population=8_000)
            for number in range(51, 51 + count)
        ]  # fmt: skip
    Division.objects.bulk_create(made)
    return [one for one in city.divisions.values() if one.level == "community"] + made


def reported(found, areas, *, per_week, weeks=range(-28, 10), seed=3, acts=-70):
    """Cases of each area and week, the week counted from `acts`."""
    draws = np.random.default_rng(seed)
    for area in areas:
        for week in weeks:
            count = int(draws.poisson(per_week(area, week)))
            if count and acts + 7 * week <= 0:
                found(acts + 7 * week, division=area, count=count)


def lc(area):
    return area.code.startswith("LC")


def test_a_campaign_that_halved_its_problems_is_found_to_have_worked(order, found, wide):
    campaign = order(begins=-80, acts=-70)
    reported(found, wide, per_week=lambda area, week: 6 - 3 * (lc(area) and week >= 0))
    effect = effect_of(campaign, outcome="cases", now=timezone.now())
    assert len(effect.treated) == 7
    assert len(effect.weeks) == 26 + 10
    assert effect.finding.verdict == Verdict.FEWER
    # Three cases a week fewer by 8,000 residents is 37.5 by a hundred thousand.
    assert effect.finding.effect.low <= -37.5 <= effect.finding.effect.high
    assert effect.finding.share == pytest.approx(-0.5, abs=0.1)


def test_what_fell_everywhere_is_not_the_campaign_s(order, found, wide):
    campaign = order(begins=-80, acts=-70)
    reported(found, wide, per_week=lambda _area, week: 6 - 3 * (week >= 0), seed=4)
    assert effect_of(campaign, outcome="cases", now=timezone.now()).finding.verdict == (
        Verdict.NOT_SHOWN
    )


def test_what_the_campaign_s_own_eyes_find_is_not_counted(order, found, wide):
    campaign = order(begins=-80, acts=-70)
    found(-60, count=40, source="staff")
    found(-60, count=40, source="visit")
    found(-60, closed=-59, count=40, state="turned_down")
    effect = effect_of(campaign, outcome="cases", now=timezone.now())
    assert sum(sum(area.events) for area in effect.treated) == 0


def test_citizens_are_counted_whichever_way_they_speak(order, found, wide):
    campaign = order(begins=-80, acts=-70)
    for source in SPOKEN:
        found(-60, count=2, source=source)
    effect = effect_of(campaign, outcome="cases", now=timezone.now())
    assert sum(sum(area.events) for area in effect.treated) == 2 * 7


def test_a_campaign_in_the_whole_city_has_nothing_beside_it(order, found):
    campaign = order(areas=("CITY",), begins=-80, acts=-70)
    effect = effect_of(campaign, outcome="cases", now=timezone.now())
    assert effect.others == []
    assert effect.finding.reasons == (Reason.NO_AREAS,)


def test_areas_of_another_campaign_against_the_same_are_left_out(city, order, found):
    order(areas=("XC",), key="other")
    effect = effect_of(order(), outcome="cases", now=timezone.now())
    assert {one.code for one in effect.others} == {"SF0101", "SF0102"}


def test_the_areas_that_somebody_chose_are_compared_with(city, order, office):
    campaign = order()
    compare_with(office, campaign, [city.division("SF")])
    effect = effect_of(campaign, outcome="cases", now=timezone.now())
    assert {one.code for one in effect.others} == {"SF0101", "SF0102"}
    assert effect.chosen


def test_of_visits_only_the_drawn_ones_tell(city, order):
    campaign = order(items=[city.item()], begins=-80, acts=-70)

    def answer(days, value, **fields):
        return new_observation(item=city.item(), division=city.division(), value=value,
                               observed_at=timezone.now() + timedelta(days=days), **fields)  # fmt: skip

    observe([answer(-80, "no", weight=2.0), answer(-80, "yes", weight=6.0),
             answer(-80, "no", sampled=False), answer(-5, "no"), answer(-5, "na")])  # fmt: skip
    effect = effect_of(campaign, outcome="failed", now=timezone.now())
    area = next(one for one in effect.treated if one.code == "LC0101")
    assert area.rate(0, 26) == 0.25
    assert area.rate(26, 36) == 1.0


def test_where_nobody_knows_the_residents_areas_count_alike(city, order, found):
    Division.objects.filter(code="LC0101").update(population=None)
    found(-5)
    effect = effect_of(order(), outcome="cases", now=timezone.now())
    assert not effect.per_residents
    assert set(effect.treated[0].exposure) == {1.0}


def test_the_answer_costs_the_same_for_any_number_of_cases(
    order, found, django_assert_max_num_queries
):
    campaign = order()
    found(-5, count=50)
    with django_assert_max_num_queries(9):
        effect_of(campaign, outcome="cases", now=timezone.now())
