"""Marks of a place in a period, and the way back to what was seen."""

import json
from datetime import datetime
from math import sqrt
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from meicheng.assessment.evidence import gather
from meicheng.assessment.periods import parse_period
from meicheng.assessment.queries import assess
from meicheng.ledger.actions import new_observation, observe
from meicheng.standards.actions import save_framework
from meicheng.standards.models import Framework, Item

AT = datetime(2026, 9, 10, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
QUARTER = parse_period("2026Q3")


def criterion(code, method, rule, **more):
    return {
        "code": code,
        "name": {"zh": f"标准{code}", "en": f"Criterion {code}"},
        "weight": 10,
        "method": method,
        "rule": rule,
        **more,
    }


@pytest.fixture
def standard(city):
    """A small standard: swept lanes, an air figure, on-time closing, dirty corners."""
    framework = save_framework(
        {
            "framework": "little",
            "edition": "1",
            "name": {"zh": "小标准", "en": "Little standard"},
            "full_marks": 100,
            "pass": {"at_least": 80},
            "nodes": [
                {
                    "code": "1",
                    "name": {"zh": "全部", "en": "All"},
                    "weight": 1,
                    "criteria": [
                        criterion("1.1", "field", {"kind": "pass_rate"}, site_kinds=["back-lane"]),
                        criterion("1.2", "statistic", {"kind": "target", "at_least": 80}),
                        criterion(
                            "1.3",
                            "case",
                            {"kind": "rate", "of": "on_time_closed", "among": "due"},
                        ),
                        criterion("1.4", "field", {"kind": "deduct", "per": 0.1}),
                    ],
                }
            ],
        }
    )
    Item.objects.filter(code="swept").update(criteria=["little/1.1"])
    Item.objects.filter(code="no-dirty-corner").update(criteria=["little/1.4"])
    return Framework.objects.get(pk=framework.pk)


def look(city, site, item, value, at=AT, **more):
    (written,) = observe(
        [
            new_observation(
                item=Item.objects.get(code=item),
                site=site,
                division=site.division,
                observed_at=at,
                value=value,
                **more,
            )
        ]
    )
    return written


def test_answers_count_where_the_criterion_names_the_kind_of_site(city, standard):
    lane, road = city.site("back-lane"), city.site("main-road")
    look(city, lane, "swept", "yes")
    look(city, lane, "swept", "no")
    look(city, road, "swept", "no")  # the criterion speaks of back lanes only
    look(city, lane, "swept", "no", sampled=False)  # a complaint estimates nothing
    found = gather(standard, QUARTER, city.root)["1.1"]
    assert (found.values, found.observations, found.site_count) == ({"yes": 1, "no": 1}, 2, 1)


def test_a_problem_found_is_taken_off(city, standard):
    for number in range(3):
        look(city, city.site("back-lane"), "no-dirty-corner", "no" if number else "yes")
    result = assess(standard, QUARTER, city.root)
    # two problems at 0.1 each: 0.8 of 25 marks
    mark = next(one for one in result.criteria if one.code == "1.4")
    assert mark.marks == pytest.approx(20)


def test_a_figure_from_before_the_period_is_carried_over_and_says_so(city, standard):
    figure = Item.objects.get(code="little/1.2")
    observe(
        [
            new_observation(
                item=figure,
                division=city.root,
                observed_at=AT.replace(month=3),
                value="",
                number=85,
            )
        ]
    )
    found = gather(standard, QUARTER, city.root)["1.2"]
    assert (found.number, found.carried) == (85, True)
    assert "1.2" not in gather(standard, parse_period("2027Q3"), city.root)


def test_closing_on_time_counts_from_the_cases(city, standard):
    case = city.case(state="closed")
    month = f"{case.due_at:%Y-%m}"
    found = gather(standard, parse_period(month), city.root)["1.3"]
    assert found.rate == (1, 1)


def test_a_correction_takes_the_place_of_what_it_corrects(city, standard):
    lane = city.site("back-lane")
    wrong = look(city, lane, "swept", "no")
    assert assess(standard, QUARTER, city.root).criteria[0].share == 0
    look(city, lane, "swept", "yes", replaces=wrong)
    assert assess(standard, QUARTER, city.root).criteria[0].share == 1


def test_a_district_is_marked_by_what_was_seen_in_it(city, standard):
    look(city, city.site("back-lane", division="LC0101"), "swept", "yes")
    look(city, city.site("back-lane", division="XC0101"), "swept", "no")
    shares = [
        assess(standard, QUARTER, city.division(code)).criteria[0].share
        for code in ("CITY", "LC", "XC", "SF")
    ]
    assert shares == [0.5, 1, 0, None]


def test_the_interval_comes_with_two_sites_or_more(city, standard):
    sites = [city.site("back-lane") for _ in range(9)]
    look(city, sites[0], "swept", "yes")
    assert assess(standard, QUARTER, city.root).interval is None
    for site, value in zip(sites[1:4], ["no", "yes", "yes"], strict=True):
        look(city, site, "swept", value)
    result = assess(standard, QUARTER, city.root)
    # only 1.1 is known and worth 100: z = 100 · (1 − 3/4)/4 = 6.25 three times and −18.75 once;
    # four of nine lanes were seen: V = (1 − 4/9) · 4/3 · (3 · 6.25² + 18.75²) = 347.22
    half = 1.959964 * sqrt((1 - 4 / 9) * 4 / 3 * (3 * 6.25**2 + 18.75**2))
    assert result.interval == pytest.approx((75 - half, 100))


def test_nothing_is_left_to_chance_once_every_site_was_seen(city, standard):
    for value in ("yes", "no", "yes"):
        look(city, city.site("back-lane"), "swept", value)
    result = assess(standard, QUARTER, city.root)
    assert result.interval == (result.marks, result.marks)


def test_from_the_mark_to_the_photograph_in_three_steps(city, standard, client):
    photo = city.photo()
    look(city, city.site("back-lane"), "swept", "no", photo=photo)
    client.force_login(city.user("creation-office"))
    query = "framework=little&period=2026Q3"
    marks = client.get(f"/assessment/?{query}").content.decode()
    link = next(part for part in marks.split('"') if "criterion=1.1" in part)
    sources = client.get(link.replace("&amp;", "&")).content.decode()
    assert f"/files/{photo.sha256}" in sources


@pytest.mark.parametrize(
    "query", ["framework=none", "framework=little&period=2026Q5", "framework=little&division=X"]
)
def test_a_question_that_cannot_be_answered_says_what_was_wrong(city, standard, client, query):
    client.force_login(city.user("creation-office"))
    answer = client.get(f"/assessment/?{query}")
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()


def test_the_page_asks_the_same_number_of_questions_for_more_data(
    city, standard, client, django_assert_max_num_queries
):
    client.force_login(city.user("creation-office"))
    for number in (2, 12):
        for _ in range(number):
            look(city, city.site("back-lane"), "swept", "yes")
        with django_assert_max_num_queries(62):
            assert client.get("/assessment/?framework=little&period=2026Q3").status_code == 200


def test_the_command_prints_what_the_issue_of_marks_asks(city, standard, capsys):
    from meicheng.project.commands import run

    look(city, city.site("back-lane"), "swept", "yes")
    assert run(["assess", "little", "--period", "2026Q3", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["marks"] == pytest.approx(100)
    assert printed["strict_marks"] == pytest.approx(25)
    assert printed["coverage"] == pytest.approx(0.25)
    assert {"code", "parent", "full_marks", "marks", "share", "coverage", "lost"} == set(
        printed["nodes"][0]
    )
    assert run(["assess", "little", "--period", "yesterday"]) == 2
    assert "2026Q3" in capsys.readouterr().err


def test_nobody_sees_marks_without_signing_in(client, db):
    answer = client.get(reverse("assessment:marks"))
    assert answer.status_code == 302


def test_a_rate_that_was_observed_stands_before_the_one_of_cases(city, standard):
    # 17 of 20 and 3 of 4: (17 + 3) / (20 + 4)
    Item.objects.filter(code="notice-board").update(criteria=["little/1.3"])
    item = Item.objects.get(code="notice-board")
    for hits, among in ((17, 20), (3, 4)):
        figure = new_observation(
            item=item,
            division=city.root,
            observed_at=AT,
            value="rate",
            number=hits / among,
            weight=among,
        )
        observe([figure])
    mark = next(one for one in assess(standard, QUARTER, city.root).criteria if one.code == "1.3")
    assert mark.share == pytest.approx(20 / 24)
