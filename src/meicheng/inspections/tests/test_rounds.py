"""Rounds: somebody asks for visits, inspectors make them, the draw can be checked."""

from __future__ import annotations

import io
import random
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from meicheng.engine.planning.drawing import draw_by_kind, frame_hash
from meicheng.inspections.actions import Answer, BadVisit, record_visit
from meicheng.inspections.models import Round, Stop, Visit
from meicheng.inspections.rounds import BadRound, ask_for_visits, draw_round
from meicheng.ledger.actions import new_observation, observe
from meicheng.ledger.models import Event, Observation
from meicheng.ledger.verify import verify
from meicheng.organisation.permissions import NotAllowed
from meicheng.places.time import city_day


@pytest.fixture
def office(city):
    return city.user("creation-office")


@pytest.fixture
def due():
    return city_day(timezone.now()) + timedelta(days=7)


@pytest.fixture
def lanes(city):
    return [city.site("back-lane", name=f"小巷{number}") for number in range(6)]


def asked(city, office, sites, due, **said):
    options = {
        "title": "举一反三",
        "reason": "look_alike",
        "division": city.division("CITY"),
        "sites": sites,
        "due": due,
        "key": "a",
        "item": city.item("swept"),
        **said,
    }
    return ask_for_visits(office, **options)


def look(city, site, value="yes", **more):
    photo = city.photo() if value == "no" else None
    answers = [Answer(city.item("swept"), value, "", photo)]
    return record_visit(site=site, by=city.user("inspector"), answers=answers, **more)


def test_a_round_keeps_its_order_and_the_same_key_makes_it_once(city, office, due, lanes):
    one = asked(city, office, lanes[::-1], due, chances={lanes[0].pk: 0.4})
    assert asked(city, office, lanes, due) == one
    assert [stop.site for stop in one.stops.all()] == lanes[::-1]
    assert one.stops.get(site=lanes[0]).chance == 0.4
    assert Round.objects.count() == 1


def test_a_visit_for_a_stop_has_its_reason_and_ticks_it_off(city, office, due, lanes):
    one = asked(city, office, lanes[:2], due)
    made = look(city, lanes[0], stop=one.stops.get(site=lanes[0]))
    assert made.reason == Visit.Reason.LOOK_ALIKE
    assert one.stops.get(site=lanes[0]).visit == made
    assert one.stops.get(site=lanes[1]).visit is None
    assert not Observation.objects.get(origin=made.origin).sampled


def test_any_visit_serves_a_look_alike_but_a_mock_assessment_wants_its_own(
    city, office, due, lanes
):
    alike = asked(city, office, lanes[:1], due)
    mock = asked(city, office, lanes[:1], due, reason="dry_run", key="b", item=None)
    made = look(city, lanes[0])
    assert made.reason == Visit.Reason.ROUTINE
    assert alike.stops.get().visit == made
    assert mock.stops.get().visit is None
    own = look(city, lanes[0], stop=mock.stops.get())
    assert (own.reason, mock.stops.get().visit) == ("dry_run", own)


def test_two_rounds_that_ask_for_the_same_site_take_two_visits(city, office, due, lanes):
    first = asked(city, office, lanes[:1], due)
    second = asked(city, office, lanes[:1], due, key="b")
    look(city, lanes[0])
    assert Stop.objects.filter(visit=None).count() == 1
    look(city, lanes[0])
    assert not Stop.objects.filter(visit=None).exists()
    assert first.stops.get().visit != second.stops.get().visit


def test_a_stop_is_made_once_and_only_at_its_site(city, office, due, lanes):
    stop = asked(city, office, lanes[:1], due).stops.get()
    with pytest.raises(BadVisit):
        look(city, lanes[1], stop=stop)
    look(city, lanes[0], stop=stop)
    before = Visit.objects.count()
    with pytest.raises(BadVisit):
        look(city, lanes[0], stop=stop)
    assert Visit.objects.count() == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": " "},
        {"title": "长" * 121},
        {"reason": "sample"},
        {"sites": []},
        {"due": city_day(timezone.now()) - timedelta(days=1)},
        {"key": ""},
    ],
)
def test_a_wrong_round_changes_nothing(city, office, due, lanes, wrong):
    with pytest.raises(BadRound):
        asked(city, office, **{"sites": lanes, "due": due, **wrong})
    assert not Round.objects.exists()
    assert not Event.objects.filter(verb="round_made").exists()


def test_a_site_outside_the_place_is_refused(city, office, due, lanes):
    with pytest.raises(BadRound):
        asked(city, office, lanes, due, division=city.division("SF"))


def test_inspectors_and_district_leads_of_elsewhere_ask_for_nothing(city, due, lanes):
    for user in (city.user("inspector"), city.user("district-lead", division="XC")):
        with pytest.raises(NotAllowed):
            asked(city, user, lanes, due, division=city.division("LC"))


def test_the_records_prove_a_round_and_show_a_stop_that_was_added(city, office, due, lanes):
    one = asked(city, office, lanes[:2], due)
    look(city, lanes[0])
    assert verify().faults == []
    said = Event.objects.get(chain=one.chain, sequence=1).data
    assert said["sites"] == [site.code for site in lanes[:2]]
    Event.objects.filter(chain=one.chain, sequence=2).delete()
    assert [fault.chain for fault in verify().faults] == [one.chain]


def test_a_draw_can_be_drawn_again(city, office, due, lanes):
    plan = {"back-lane": 3, "farmers-market": 2}
    markets = [city.site("farmers-market") for _ in range(2)]
    one = draw_round(
        office, title="模拟", division=city.division("CITY"), plan=plan, due=due, key="d"
    )
    frame = {"back-lane": [s.code for s in lanes], "farmers-market": [s.code for s in markets]}
    again = draw_by_kind(frame, one.drawn["plan"], one.drawn["seed"])
    assert {c for codes in again.values() for c in codes} == {s.site.code for s in one.stops.all()}
    assert one.drawn["plan"] == {"back-lane": 3, "farmers-market": 2}
    assert one.drawn["of"] == {"back-lane": 6, "farmers-market": 2}
    assert one.drawn["frame"] == frame_hash([*frame["back-lane"], *frame["farmers-market"]])


def test_sites_that_are_closed_or_lie_elsewhere_are_never_drawn(city, office, due, lanes):
    lanes[0].active = False
    lanes[0].save()
    far = city.site("back-lane", division=city.division("SF"))
    one = draw_round(
        office, title="模拟", division=lanes[1].division, plan={"back-lane": 99}, due=due, key="d"
    )
    drawn = {stop.site for stop in one.stops.all()}
    assert drawn == set(lanes[1:])
    assert far not in drawn


def enter(client, user):
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client


def test_an_inspector_finds_a_round_and_makes_its_visit_from_there(
    city, client, office, due, lanes
):
    one = asked(city, office, lanes[:2], due)
    client = enter(client, city.user("inspector"))
    assert one.code in client.get("/inspections/").content.decode()
    page = client.get(f"/inspections/rounds/{one.code}/").content.decode()
    address = f"/inspections/new?site={lanes[0].code}&amp;round={one.code}"
    assert address in page
    form = client.get(address.replace("&amp;", "&"))
    assert "Look above all at" in form.content.decode()
    fields = {"key": "k1", "reason": "look_alike", f"{city.item('swept').pk}-value": "yes"}
    sent = client.post(address.replace("&amp;", "&"), fields)
    assert sent.headers["Location"] == f"/inspections/rounds/{one.code}/"
    assert Stop.objects.get(site=lanes[0]).visit is not None


def test_without_a_round_nobody_says_that_a_visit_was_asked_for(city, client, lanes):
    client = enter(client, city.user("inspector"))
    fields = {"key": "k1", "reason": "dry_run", f"{city.item('swept').pk}-value": "yes"}
    assert client.post(f"/inspections/new?site={lanes[0].code}", fields).status_code == 400
    assert not Visit.objects.exists()


def test_an_officer_of_another_district_sees_no_round(city, client, office, due, lanes):
    one = asked(city, office, lanes, due, division=city.division("LC"))
    client = enter(client, city.user("district-lead", division="SF"))
    assert client.get(f"/inspections/rounds/{one.code}/").status_code == 404
    assert one.code not in client.get("/inspections/rounds/").content.decode()


def test_the_round_says_whether_its_draw_is_still_the_same(city, client, office, due, lanes):
    one = draw_round(
        office,
        title="模拟",
        division=city.division("CITY"),
        plan={"back-lane": 3},
        due=due,
        key="d",
    )
    client = enter(client, office)
    address = f"/inspections/rounds/{one.code}/"
    assert "drawn again just now: the same sites" in client.get(address).content.decode()
    stop = one.stops.first()
    stop.site = next(site for site in lanes if not one.stops.filter(site=site).exists())
    stop.save()
    assert "drawn again just now: other sites" in client.get(address).content.decode()


def test_the_pages_take_no_more_statements_for_more_sites(city, client, office, due, lanes):
    client = enter(client, office)

    def statements(one):
        with CaptureQueriesContext(
            connection,
        ) as found:
            for address in ("/inspections/rounds/", f"/inspections/rounds/{one.code}/"):
                assert client.get(address).status_code == 200
        return len(found)

    few = asked(city, office, lanes[:1], due)
    first = statements(few)
    many = asked(city, office, lanes, due, key="b")
    assert statements(many) <= first <= 24


def test_the_workbook_lists_every_site(city, client, office, due, lanes):
    one = asked(city, office, lanes, due, chances={lanes[0].pk: 0.25})
    answer = enter(client, office).get(f"/inspections/rounds/{one.code}.xlsx")
    sheet = load_workbook(io.BytesIO(answer.content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][0] == one.code
    assert [row[2] for row in rows[2:]] == [site.code for site in lanes]
    assert rows[2][7] == 0.25


@pytest.fixture
def seen(city, lanes):
    """Half a year of drawn looks at twelve lanes, of which the first three fail far more than others."""
    dice = random.Random(1)
    places = [*lanes, *(city.site("back-lane", name=f"另巷{number}") for number in range(6))]
    item, now = city.item("swept"), timezone.now()
    rows = []
    for back in range(1500):
        place = places[back % 12]
        bad = dice.random() < (0.8 if back % 12 < 3 else 0.1)
        at = now - timedelta(hours=3 * back)  # 200 and more in each month
        rows.append(
            new_observation(
                item=item, site=place, division=place.division, observed_at=at,
                value="no" if bad else "yes", sampled=True, by=None,
            )
        )  # fmt: skip
    observe(rows)
    return places


def test_the_sites_that_fail_most_come_first_and_go_on_a_round(city, client, office, due, seen):
    client = enter(client, office)
    page = client.get("/inspections/look-alikes/?item=swept")
    rows = page.context["rows"]
    assert {row.site for row in rows[:3]} == set(seen[:3])
    assert rows[2].chance > 0.5 > 0.25 > rows[3].chance
    assert page.context["proof"].error < 0.15
    chosen = [row.site.code for row in rows[:2]]
    fields = {"site": chosen, "title": "再看", "due": str(due), "key": "k"}
    sent = client.post("/inspections/look-alikes/ask?item=swept", fields)
    one = Round.objects.get()
    assert sent.headers["Location"] == f"/inspections/rounds/{one.code}/"
    assert [stop.site.code for stop in one.stops.all()] == chosen
    assert (one.reason, one.item) == ("look_alike", city.item("swept"))
    assert one.stops.first().chance == pytest.approx(rows[0].chance)
    again = client.get("/inspections/look-alikes/?item=swept").context
    assert not {row.site for row in rows[:2]} & {
        row.site for row in again["rows"] if row.site.pk in again["ticked"]
    }


def test_with_little_seen_the_page_says_what_it_needs(city, client, office):
    page = enter(client, office).get("/inspections/look-alikes/").content.decode()
    assert "200 are needed" in page


def test_a_day_that_is_none_makes_no_round(client, office, seen):
    fields = {"site": [seen[0].code], "title": "再看", "due": "someday", "key": "k"}
    sent = enter(client, office).post("/inspections/look-alikes/ask?item=swept", fields)
    assert sent.status_code == 302
    assert not Round.objects.exists()


def test_a_large_city_is_told_how_much_is_learned_before_it_waits(
    client, office, seen, monkeypatch
):
    monkeypatch.setattr("meicheng.inspections.views.lookalikes.A_SECOND", 100)
    client = enter(client, office)
    page = client.get("/inspections/look-alikes/?item=swept").content.decode()
    assert "Learning from" in page
    assert 'content="0;url=?item=swept&amp;told=1"' in page
    assert "rows" in client.get("/inspections/look-alikes/?item=swept&told=1").context
    assert "Learning from" not in client.get("/inspections/look-alikes/").content.decode()
