"""The office holds a mock assessment for real and compares it with what was foretold."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from meicheng.assessment.dry_runs import hold, list_of_failures, report, sentence
from meicheng.assessment.models import DryRun
from meicheng.assessment.periods import parse_period
from meicheng.inspections.actions import Answer, record_visit
from meicheng.inspections.models import Round
from meicheng.inspections.rounds import BadRound
from meicheng.ledger.models import Observation
from meicheng.lists.actions import BadList
from meicheng.organisation.permissions import NotAllowed
from meicheng.places.time import city_day

QUARTER = parse_period("2026Q3")
ASKED = "framework=pair&edition=1&period=2026Q3&division=CITY"


@pytest.fixture
def due():
    return city_day(timezone.now()) + timedelta(days=14)


@pytest.fixture
def lanes(city, pair, look):
    """Four lanes and two markets that are all known as clean: 100 marks."""
    found = [city.site("back-lane") for _number in range(4)]
    found += [city.site("farmers-market") for _number in range(2)]
    for site in found:
        look(site, "yes")
    return found


@pytest.fixture
def held(city, pair, lanes, due):
    return hold(
        city.user("creation-office"),
        pair,
        QUARTER,
        city.root,
        plan={"back-lane": 2, "farmers-market": 2},
        title="三季度模拟测评",
        due=due,
        key="k",
    )


@pytest.fixture
def visit(city):
    """`visit(stop, "no")`: an inspector goes to a stop and answers its one item."""

    def go(stop, value):
        item = "stalls-clean" if stop.site.kind_id == "farmers-market" else "swept"
        photo = city.photo() if value == "no" else None
        answers = [Answer(city.item(item), value, "", photo)]
        return record_visit(site=stop.site, by=city.user("inspector"), answers=answers, stop=stop)

    return go


def stops(one, kind):
    return list(one.round.stops.filter(site__kind=kind))


def test_what_was_drawn_is_reckoned_apart_from_what_was_known(held, visit):
    """Lanes 1 of 2 swept: 60 · 0.5 = 30; markets 2 of 2 clean: 40; together 70, known 100."""
    first, second = stops(held, "back-lane")
    visit(first, "yes")
    visit(second, "no")
    for stop in stops(held, "farmers-market"):
        visit(stop, "yes")
    found = report(held)
    assert (found.visited, found.sites, found.complete) == (4, 4, True)
    assert found.found.marks == pytest.approx(70)
    assert found.known.marks == pytest.approx(100)
    assert [(row.found, row.known) for row in found.parts] == [(30, 60), (40, 40)]
    assert [(row.found, row.lost) for row in found.criteria] == [(0.5, 30), (1.0, 0)]
    assert [(row.item.code, row.failed, row.among) for row in found.failed] == [("swept", 1, 2)]
    # 2 of 4 lanes: s² = 0.5 about the share, (1 − 2/4) · 0.5/2 · 60² = 450; 1.96 · √450 = 41.6.
    assert found.found.interval == (pytest.approx(70 - 41.58, abs=0.02), 100)


def test_what_no_drawn_site_showed_is_not_known(held, visit):
    """Only a market was visited: its 40 of 100 marks are known, all won."""
    visit(stops(held, "farmers-market")[0], "yes")
    found = report(held)
    assert (found.found.marks, found.found.coverage) == (pytest.approx(100), pytest.approx(0.4))
    assert [row.found for row in found.parts] == [None, 40]


def test_the_marks_of_the_city_are_not_moved_by_it(city, pair, held, visit):
    for stop in stops(held, "back-lane"):
        visit(stop, "no")
    assert not Observation.objects.filter(origin__startswith="visit:", sampled=True).exists()
    cache.clear()
    assert report(held).known.marks == pytest.approx(100)


def test_foretold_is_kept_as_it_was_when_the_sites_were_drawn(held, visit):
    assert held.foretold == {"mean": 100, "low": 100, "high": 100, "chance": 1}
    assert "Nothing is known" in sentence(held, report(held)) or "尚无" in sentence(
        held, report(held)
    )


@pytest.mark.parametrize(
    ("high", "low", "words"),
    [(100, 80, "what is known flatters"), (100, 60, "lies within"), (65, 60, "more than")],
)
def test_the_sentence_says_how_it_lies_to_what_was_foretold(english, held, visit, high, low, words):
    first, second = stops(held, "back-lane")
    visit(first, "yes")
    visit(second, "no")
    assert "may still move" in sentence(held, report(held))
    for stop in stops(held, "farmers-market"):
        visit(stop, "yes")
    held.foretold = {"mean": 70, "low": low, "high": high, "chance": 1}
    assert words in sentence(held, report(held))


def test_the_same_key_holds_it_once(city, pair, held, due):
    again = hold(
        city.user("creation-office"), pair, QUARTER, city.root,
        plan={"back-lane": 1}, title="再来", due=due, key="k",
    )  # fmt: skip
    assert again == held
    assert (DryRun.objects.count(), Round.objects.count()) == (1, 1)


def test_a_plan_of_nothing_and_an_inspector_hold_none(city, pair, lanes, due):
    with pytest.raises(BadRound):
        hold(
            city.user("creation-office"), pair, QUARTER, city.root,
            plan={}, title="空", due=due, key="k",
        )  # fmt: skip
    with pytest.raises(NotAllowed):
        hold(
            city.user("inspector"), pair, QUARTER, city.root,
            plan={"back-lane": 1}, title="私", due=due, key="k",
        )  # fmt: skip
    assert not DryRun.objects.exists()


def test_what_failed_goes_on_a_problem_list_once(city, held, visit):
    office, today = city.user("creation-office"), city_day(timezone.now())
    with pytest.raises(BadList):
        list_of_failures(held, title="清单", key="l", by=office, today=today)
    for stop in stops(held, "back-lane"):
        visit(stop, "no")
    made, left = list_of_failures(held, title="清单", key="l", by=office, today=today)
    assert left == 0
    assert {item.site for item in made.items.all()} == {
        stop.site for stop in stops(held, "back-lane")
    }
    assert made.source == "mock"
    assert list_of_failures(held, title="清单", key="l", by=office, today=today)[0] == made


def enter(client, user):
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client


def test_it_is_held_from_the_page_and_its_report_is_read(city, client, pair, lanes, due, visit):
    client = enter(client, city.user("creation-office"))
    page = client.get(f"/assessment/mock/?{ASKED}").content.decode()
    key = re.search(r'name="key" value="(\w+)"', page)[1]
    fields = {
        "key": key, "title": "Dry run", "due": str(due), "take:back-lane": 2, "take:farmers-market": 1
    }  # fmt: skip
    sent = client.post(f"/assessment/dry-runs/hold?{ASKED}&total=161", fields)
    one = DryRun.objects.get()
    assert sent.headers["Location"] == f"/assessment/dry-runs/{one.round.code}/"
    empty = client.get(sent.headers["Location"])
    assert "No drawn site was visited yet" in empty.content.decode()
    assert "Nothing is known yet" in empty.context["says"]  # documents alone are no outcome
    visit(stops(one, "back-lane")[0], "no")
    shown = client.get(sent.headers["Location"]).content.decode()
    assert "More are to be visited" in shown
    sheet = load_workbook(
        io.BytesIO(client.get(f"/assessment/dry-runs/{one.round.code}.xlsx").content)
    )
    assert next(row[0].value for row in sheet.worksheets[0].iter_rows(min_row=3))
    assert sheet.worksheets[1]["D3"].value == 0
    assert one.round.title in client.get(f"/assessment/mock/?{ASKED}").content.decode()


@pytest.mark.parametrize("wrong", [{"due": "soon"}, {"take:back-lane": "many"}, {"title": ""}])
def test_a_wrong_form_holds_nothing_and_says_so(city, client, pair, lanes, due, wrong):
    client = enter(client, city.user("creation-office"))
    fields = {"key": "k", "title": "Dry run", "due": str(due), "take:back-lane": 2, **wrong}
    sent = client.post(f"/assessment/dry-runs/hold?{ASKED}", fields, follow=True)
    assert [str(message) for message in sent.context["messages"]]
    assert not Round.objects.exists()


def test_one_that_is_not_there_is_said_to_be_none(city, client, pair):
    assert (
        enter(client, city.user("creation-office")).get("/assessment/dry-runs/XC-1/").status_code
        == 404
    )


def test_the_report_takes_no_more_statements_for_more_visits(city, client, held, visit):
    client = enter(client, city.user("creation-office"))

    def statements():
        cache.clear()
        with CaptureQueriesContext(connection) as found:
            assert client.get(f"/assessment/dry-runs/{held.round.code}/").status_code == 200
        return len(found)

    first, second = stops(held, "back-lane")
    visit(first, "no")
    few = statements()
    visit(second, "no")
    for stop in stops(held, "farmers-market"):
        visit(stop, "no")
    assert statements() <= few <= 34
