"""The office asks what to do next, and gets the measures that pay most for the work there is."""

from __future__ import annotations

import io

import pytest
from django.core.cache import cache
from django.utils import timezone
from openpyxl import load_workbook

from meicheng.assessment.evidence import Served
from meicheng.assessment.failures import Failures, Seen
from meicheng.assessment.models import Effort
from meicheng.assessment.periods import parse_period
from meicheng.assessment.steps import NotSet, next_steps, set_efforts
from meicheng.engine.planning import Limits
from meicheng.engine.scoring import Evidence, SiteSum
from meicheng.lists.models import ProblemList
from meicheng.standards.actions import save_framework

QUARTER = parse_period("2026Q3")
ASKED = "framework=little&edition=1&period=2026Q3&division=CITY"


@pytest.fixture
def street(city, every_method, seen):
    """One of two lanes in LC is not swept, both in XC are; a figure of 70 where 80 is asked.

    Known are 1.1 (share 0.75, worth 60) and 2.1 (share 0, worth 40): 45 marks.
    """
    for district, word in [("LC", "no"), ("LC", "yes"), ("XC", "yes"), ("XC", "yes")]:
        seen("swept", word, site=city.site("back-lane", division=f"{district}0101"))
    seen("little/2.1", number=70)
    return every_method


def test_each_measure_is_reckoned_alone(city, street):
    found = next_steps(street, QUARTER, city.division("CITY"), Limits())
    by_code = {step.measure.code: step for step in found.steps.steps}
    sweep = by_code["swept@LC"]
    # 60 × 0.25; half of LC's two lanes; a limit of 2 working hours is 0.1 person-days a place
    assert sweep.measure.gain == pytest.approx(15)
    assert (sweep.places, sweep.measure.effort) == (1, pytest.approx(0.1))
    assert (sweep.unit.role_id, sweep.unit.division.district.code) == ("urban-management", "LC")
    # 80 meets the target: 40 × 1
    assert by_code["little/2.1"].measure.gain == pytest.approx(40)
    # two documents: 2.2 becomes known and whole, so that part 2 stands at 15/30 of its 40
    assert by_code["little/2.2"].measure.gain == pytest.approx(20)
    assert (by_code["little/2.2"].places, by_code["little/2.2"].measure.effort) == (2, 4)
    assert set(by_code) == {"swept@LC", "little/2.1", "little/2.2"}


def test_all_together_are_rescored_and_the_interval_comes_along(city, street):
    found = next_steps(street, QUARTER, city.division("CITY"), Limits())
    assert found.steps.before.marks == pytest.approx(45)
    assert found.after.marks == pytest.approx(100)
    assert found.gain.marks == pytest.approx(55)  # not 15 + 40 + 20: two of them share part 2
    # every lane that there is was looked at, so the choice of sites leaves no doubt
    assert found.gain.interval == pytest.approx((55, 55))


def test_with_little_to_work_with_the_best_of_it_is_chosen(city, street):
    found = next_steps(street, QUARTER, city.division("CITY"), Limits(effort=5))
    assert {step.measure.code for step in found.chosen} == {"swept@LC", "little/2.2"}
    assert found.after.marks == pytest.approx(60 + 20)
    assert [step.measure.code for step in found.left] == ["little/2.1"]
    soon = next_steps(street, QUARTER, city.division("CITY"), Limits(days=1))
    assert [step.measure.code for step in soon.chosen] == ["swept@LC"]


def test_a_veto_does_not_hide_what_pays(city, street, seen):
    document = street.document | {"edition": "2"}
    veto = {
        "code": "1.9",
        "name": {"zh": "一票否决", "en": "Veto"},
        "method": "veto",
        "rule": {"kind": "veto", "rules_out": "framework"},
    }
    first, *others = document["nodes"]
    document["nodes"] = [first | {"criteria": [*first["criteria"], veto]}, *others]
    strict = save_framework(document)
    seen("little/1.9", "occurred")
    found = next_steps(strict, QUARTER, city.division("CITY"), Limits())
    assert found.steps.vetoes == ("1.9",)
    assert found.steps.before.marks == pytest.approx(45)
    assert {step.measure.code for step in found.chosen} >= {"swept@LC", "little/2.1"}


def test_putting_one_item_right_moves_its_part_of_each_site():
    served = {
        1: [Served("a", frozenset(), "pass_rate"), Served("b", frozenset(), "deduct")],
        2: [Served("a", frozenset(), "pass_rate"), Served("b", frozenset(), "deduct")],
    }
    failures = Failures(
        {(1, 7): {"lane": Seen(4, 6, 4)}, (2, 7): {"lane": Seen(6, 4, 6)}},
        served,
        {1: "litter", 2: "lamp"},
    )
    sites = [SiteSum(1, "7/lane", 2, 10), SiteSum(2, "7/lane", 8, 10)]
    evidence = {
        "a": Evidence(20, 2, values={"yes": 10, "no": 10}, sites=sites),
        "b": Evidence(20, 2, problems=10, problems_by_kind={"litter": 4, "lamp": 6}),
    }
    right = failures.mended(evidence, [(1, 7)])
    assert right["a"].values == {"yes": 14, "no": 6}
    # 4 of 10 failures are the item's: 2 + 0.4 × 8 and 8 + 0.4 × 2
    assert [site.hits for site in right["a"].sites] == pytest.approx([5.2, 8.8])
    assert right["b"].problems == 6
    assert right["b"].problems_by_kind == {"litter": 0, "lamp": 6}
    whole = failures.mended(evidence, [(1, 7), (2, 7)])
    assert [site.hits for site in whole["a"].sites] == pytest.approx([10, 10])
    assert whole["b"].problems == 0


def test_a_city_sets_what_one_place_takes(city, street, client):
    client.force_login(city.user("creation-office"))
    answer = client.post(
        f"/assessment/next-steps/efforts?{ASKED}",
        {"e:item:swept": "2", "was:item:swept": "0.1", "e:material": "2", "was:material": "2"},
    )
    assert answer.status_code == 302
    assert list(Effort.objects.values_list("key", "days")) == [("item:swept", 2.0)]
    found = next_steps(street, QUARTER, city.division("CITY"), Limits())
    assert {s.item: s.measure.effort for s in found.steps.steps}["swept"] == 2


def test_an_effort_of_nothing_is_refused_and_changes_nothing(city, street):
    with pytest.raises(NotSet, match="item:b"):
        set_efforts({"item:a": "1", "item:b": "0"}, by=city.user("creation-office"))
    assert not Effort.objects.exists()


def test_who_may_not_plan_sets_nothing(city, street, client):
    client.force_login(city.user("inspector"))
    answer = client.post(f"/assessment/next-steps/efforts?{ASKED}", {"e:material": "9"})
    assert answer.status_code == 403
    assert not Effort.objects.exists()


def test_page_and_workbook_show_the_plan(city, street, client):
    client.force_login(city.user("creation-office"))
    page = client.get(
        f"/assessment/next-steps/?{ASKED}&effort=5", headers={"accept-language": "en"}
    ).content.decode()
    assert "+35.0" in page
    assert "Bring “Criterion 2.1” from 70% to 80%" in page
    book = client.get(f"/assessment/next-steps.xlsx?{ASKED}&effort=5")
    _filters, _headings, *rows = load_workbook(io.BytesIO(book.content)).worksheets[0].values
    assert [row[6] for row in rows] == pytest.approx([15, 20])


def test_the_plan_is_handed_on_as_a_list_once(city, street, client):
    client.force_login(city.user("creation-office"))
    for _twice in range(2):
        answer = client.post(
            f"/assessment/next-steps/hand-on?{ASKED}&effort=5", {"title": "Autumn", "key": "k1"}
        )
        assert answer.status_code == 302
    (made,) = ProblemList.objects.all()
    assert answer.url == f"/lists/{made.code}/"
    assert (made.source, made.period, made.framework) == ("next_steps", "2026Q3", street)
    # the documents are the city's, where no unit holds the role in this little city
    (item,) = made.items.all()
    assert (item.item, item.criterion) == ("swept", "little/1.1")
    assert (item.unit.role_id, item.division.code) == ("urban-management", "LC")
    assert item.due > timezone.localdate()


def test_a_list_without_a_title_is_not_made(city, street, client):
    client.force_login(city.user("creation-office"))
    client.post(f"/assessment/next-steps/hand-on?{ASKED}", {"title": " ", "key": "k2"})
    client.force_login(city.user("inspector"))
    answer = client.post(f"/assessment/next-steps/hand-on?{ASKED}", {"title": "A", "key": "k3"})
    assert answer.status_code == 403
    assert not ProblemList.objects.exists()


def test_a_limit_that_is_no_number_is_said(city, street, client):
    client.force_login(city.user("creation-office"))
    answer = client.get(f"/assessment/next-steps/?{ASKED}&effort=lots")
    assert answer.status_code == 400
    assert "lots" in answer.content.decode()


def test_without_failures_the_page_teaches(city, every_method, client):
    client.force_login(city.user("creation-office"))
    page = client.get(f"/assessment/next-steps/?{ASKED}", headers={"accept-language": "en"})
    assert "There is nothing to put right" in page.content.decode()


def test_more_observations_ask_no_more_of_the_database(
    city, street, seen, client, django_assert_max_num_queries
):
    client.force_login(city.user("creation-office"))
    address = f"/assessment/next-steps/?{ASKED}"
    client.get(address)
    cache.clear()
    with django_assert_max_num_queries(45) as small:
        client.get(address)
    for _number in range(6):
        seen("swept", "no", site=city.site("back-lane", division="SF0101"))
    cache.clear()
    with django_assert_max_num_queries(len(small.captured_queries)):
        client.get(address)


def test_the_cards_beside_the_marks_say_what_pays_most_and_what_two_shares_would_do(
    city, client, pair, look
):
    """3 of 4 lanes and 1 of 2 markets pass: 60 · 0.75 + 40 · 0.5 = 65; both at 0.9 give 90."""
    for value in ["yes", "yes", "yes", "no"]:
        look(city.site("back-lane"), value)
    for value in ["yes", "no"]:
        look(city.site("farmers-market"), value)
    client.force_login(city.user("creation-office"))
    asked = "framework=pair&edition=1&period=2026Q3&division=CITY"
    page = client.get(f"/assessment/?{asked}")
    assert "/assessment/cards/?framework=pair" in page.content.decode()
    cards = client.get(f"/assessment/cards/?{asked}")
    assert cards.context["few"].gain.marks == pytest.approx(35)
    assert [step.measure.gain for step in cards.context["few"].steps] == pytest.approx([20, 15])
    assert cards.context["what_if"].before.marks == pytest.approx(65)
    assert cards.context["what_if"].after.marks == pytest.approx(90)
    changed = cards.context["changed"]
    supposed = client.get(f"/assessment/what-if/?{asked}&{changed}")
    assert supposed.context["found"].after.marks == pytest.approx(90)
