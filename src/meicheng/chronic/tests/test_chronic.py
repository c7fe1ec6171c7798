"""Places that come back: marked by themselves, planned for, watched, struck off by another."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from meicheng.cases import actions as cases
from meicheng.cases.models import Case
from meicheng.chronic.actions import BadChronic, Step, do_measure, plan, strike_off
from meicheng.chronic.models import ChronicPlace
from meicheng.chronic.queries import counts, reach, waiting
from meicheng.ledger.followers import find_followers, run_followers
from meicheng.ledger.models import Event
from meicheng.ledger.verify import verify
from meicheng.notices.models import Notice
from meicheng.organisation.models import Membership
from meicheng.organisation.permissions import NotAllowed
from meicheng.places.time import city_day

LON, LAT = 114.28, 34.19
METRE = 1 / 111_195  # of latitude, in degrees


@pytest.fixture
def today(city):
    return city_day(timezone.now())


@pytest.fixture
def problem(city):
    """A case at the corner, so many metres north and days ago, in a state."""
    find_followers()
    run_followers()  # whoever follows begins with the next event

    def make(north=0.0, *, days=0, state="closed", kind="exposed-litter"):
        case = city.case(kind=kind, state=state, longitude=LON, latitude=LAT + north * METRE)
        at = timezone.now() - timedelta(days=days)
        Case.objects.filter(pk=case.pk).update(reported_at=at)
        if case.closed_at is not None:
            Case.objects.filter(pk=case.pk).update(closed_at=at)
        case.refresh_from_db()
        return case

    return make


def follow():
    while run_followers():
        pass


@pytest.fixture
def place(problem):
    """Chronic after a third case, all closed 91 days ago."""
    for days in (170, 120, 91):
        problem(days=days)
        follow()
    return ChronicPlace.objects.get()


@pytest.fixture
def planned(city, place, today):
    return plan(city.user("unit-lead"), place, unit=city.unit(), post="环卫科科长",
                cause="无垃圾桶", steps=[Step("增设垃圾桶", today)])  # fmt: skip


@pytest.fixture
def ready(city, planned):
    do_measure(city.user("unit-worker"), planned.measures.get(), "已增设 2 个")
    planned.refresh_from_db()
    return planned


def test_the_third_time_marks_the_place_and_tells_who_answers(city, problem):
    lead = city.user("unit-lead")
    problem(days=100)
    problem(20, days=50)
    follow()
    assert not ChronicPlace.objects.exists()
    third = problem(-5, state="in_progress")
    follow()
    place = ChronicPlace.objects.get()
    assert (place.state, place.cases.count(), place.unit) == ("marked", 3, third.unit)
    assert place.quiet_since is None  # one of them is open
    assert Notice.objects.get(person=lead, kind="chronic.marked").link == f"/chronic/{place.code}/"
    assert not verify().faults


@pytest.mark.parametrize(
    ("north", "days", "kind", "state"),
    [(40, 100, "exposed-litter", "closed"), (0, 181, "exposed-litter", "closed"),
     (0, 100, "lamp-out", "closed"), (0, 100, "exposed-litter", "turned_down")],
    ids=["farther than 30 m", "longer ago than 180 days", "another kind", "no problem at all"],
)  # fmt: skip
def test_what_is_another_problem_does_not_count(problem, north, days, kind, state):
    problem(north, days=days, kind=kind, state=state)
    problem(days=50)
    problem()
    follow()
    assert not ChronicPlace.objects.exists()


def test_a_case_that_came_back_counts_again(city, problem):
    problem(days=40)
    case = problem(days=10)
    cases.relapse_case(case, by=city.user("dispatcher"), remark="又堆满了")
    follow()
    assert ChronicPlace.objects.get().cases.count() == 2


def test_being_shown_an_event_again_changes_nothing(place):
    from meicheng.chronic.tasks import look_at_the_place

    before = Event.objects.filter(chain=place.chain).count()
    for event in Event.objects.filter(verb__in=["register", "close"]):
        look_at_the_place(event)
    assert ChronicPlace.objects.count() == 1
    assert Event.objects.filter(chain=place.chain).count() == before


def test_a_new_case_there_stops_the_watch_and_its_closing_begins_it_anew(city, planned, problem):
    case = problem(3, state="in_progress")
    follow()
    planned.refresh_from_db()
    assert (planned.quiet_since, planned.cases.count()) == (None, 4)
    for step in ("resolve", "verify", "close"):
        case = city.take(case, step)
    follow()
    planned.refresh_from_db()
    assert planned.quiet_since == city_day(timezone.now())


def test_a_place_is_struck_off_by_another_after_its_watch(city, ready):
    struck = strike_off(city.user("verifier"), ready, "现场整洁")
    assert (struck.state, struck.struck_remark) == ("struck", "现场整洁")
    verbs = list(Event.objects.filter(chain=ready.chain).values_list("verb", flat=True))
    assert verbs == ["chronic_marked", "chronic_planned", "chronic_done", "chronic_struck"]
    assert not verify().faults


def test_nobody_strikes_off_what_they_planned(city, ready):
    lead = city.user("unit-lead")
    Membership.objects.create(user=lead, role="verifier", division=city.division("LC"))
    with translation.override("en"), pytest.raises(NotAllowed, match="somebody else"):
        strike_off(type(lead).objects.get(pk=lead.pk), ready, "好了")
    with pytest.raises(IntegrityError), transaction.atomic():
        ChronicPlace.objects.filter(pk=ready.pk).update(state="struck", struck_by=lead)


def test_neither_early_nor_undone_nor_unseen(city, planned, today):
    verifier = city.user("verifier")
    with translation.override("en"):
        with pytest.raises(BadChronic, match="something of its plan is not done"):
            strike_off(verifier, planned, "好了")
        do_measure(city.user("unit-worker"), planned.measures.get(), "已增设")
        with pytest.raises(BadChronic, match="what you saw"):
            strike_off(verifier, planned, " ")
        ChronicPlace.objects.update(quiet_since=today - timedelta(days=90))
        with pytest.raises(BadChronic, match="watched until"):
            strike_off(verifier, planned, "好了")
        ChronicPlace.objects.update(quiet_since=None)
        with pytest.raises(BadChronic, match="case is open"):
            strike_off(verifier, planned, "好了")


def test_a_plan_needs_post_cause_and_measures_with_days_to_come(city, place, today):
    good = {"unit": city.unit(), "post": "科长", "cause": "原因", "steps": [Step("做", today)]}
    yesterday = today - timedelta(days=1)
    for wrong in ({"post": " "}, {"cause": ""}, {"steps": []}, {"steps": [Step("做", yesterday)]}):
        with pytest.raises(BadChronic):
            plan(city.user("unit-lead"), place, **{**good, **wrong})
    with pytest.raises(NotAllowed):
        plan(city.user("unit-worker"), place, **good)
    place.refresh_from_db()
    assert place.state == "marked"


def test_planning_anew_keeps_what_was_done(city, ready, today):
    anew = plan(city.user("creation-office"), ready, unit=city.unit(), post="科长", cause="原因",
                steps=[Step("每日两扫", today)])  # fmt: skip
    assert [(one.text, one.done_at is not None) for one in anew.measures.all()] == [
        ("增设垃圾桶", True), ("每日两扫", False),
    ]  # fmt: skip


def test_the_owner_sees_what_waits(city, planned, today):
    worker = city.user("unit-worker")
    assert waiting(worker, today=today).late == 0
    assert waiting(worker, today=today + timedelta(days=1)).late == 1
    assert counts(worker) == {"marked": 0, "planned": 0, "watched": 1, "struck": 0}
    assert not reach(city.user("inspector", division="XC"))


def test_the_pages_lead_from_plan_to_striking_off(client, city, place, today):
    client.cookies["django_language"] = "en"
    where = f"/chronic/{place.code}/"
    client.force_login(city.user("unit-lead"))
    assert "Make the plan" in client.get(where).content.decode()
    said = {"unit": city.unit().code, "post": "环卫科科长", "cause": "无垃圾桶",
            "text": ["增设垃圾桶", ""], "due": [str(today), ""]}  # fmt: skip
    refused = client.post(f"{where}plan", {**said, "due": ["soon", ""]})
    assert refused.status_code == 400
    assert "环卫科科长" in refused.content.decode()
    client.post(f"{where}plan", said)
    client.post(f"{where}measures/1", {"remark": "已增设"})
    client.force_login(city.user("verifier"))
    assert "What you saw on the spot" in client.get(where).content.decode()
    client.post(f"{where}strike-off", {"remark": "现场整洁"})
    place.refresh_from_db()
    assert place.state == "struck"
    assert place.code in client.get("/chronic/?state=struck").content.decode()
    assert place.code not in client.get("/chronic/").content.decode()
    case = place.cases.first()
    assert where in client.get(f"/cases/{case.number}/").content.decode()


def test_what_waits_stands_on_the_first_page_of_who_plans(client, city, place):
    client.cookies["django_language"] = "en"
    client.force_login(city.user("unit-lead"))
    assert "1 wait for a plan" in client.get("/").content.decode()
    client.force_login(city.user("unit-lead", unit=city.unit("health")))
    assert "wait for a plan" not in client.get("/").content.decode()


def test_a_machine_reads_chronic_places(client, city, planned):
    client.force_login(city.user("unit-lead"))
    (line,) = client.get("/api/v1/chronic?state=watched").json()["items"]
    assert (line["code"], line["post"]) == (planned.code, "环卫科科长")
    assert client.get("/api/v1/chronic?state=marked").json()["items"] == []
    one = client.get(f"/api/v1/chronic/{planned.code}").json()
    assert (len(one["cases"]), one["measures"][0]["text"]) == (3, "增设垃圾桶")


def test_to_a_stranger_it_is_not_there(client, city, place):
    client.force_login(city.user("inspector", division="XC"))
    assert client.get(f"/chronic/{place.code}/").status_code == 404


@pytest.mark.parametrize("many", [0, 40])
def test_looking_costs_no_more_in_a_large_city(problem, many, city, django_assert_max_num_queries):
    from meicheng.chronic.marking import look_again

    case = problem()
    for number in range(many):
        row = Case.objects.get(pk=case.pk)
        row.pk, row.number = None, f"X-{number}"
        row.longitude = LON + 0.01
        row.save()
    with django_assert_max_num_queries(8):
        look_again(case)


def test_the_map_shows_it_and_leads_to_its_page(city, client, place):
    client.force_login(city.user("unit-lead"))
    west, south, east, north = (
        place.longitude - 1,
        place.latitude - 1,
        place.longitude + 1,
        place.latitude + 1,
    )
    asked = {"bbox": f"{west},{south},{east},{north}", "zoom": 12}
    marks = client.get("/map/cells.json", {**asked, "chronic": "1"}).json()["cells"]
    (mark,) = [one for one in marks if one.get("look") == "chronic"]
    assert mark["url"] == f"/chronic/{place.code}/"
    plain = client.get("/map/cells.json", asked).json()["cells"]
    assert not [one for one in plain if one.get("look")]
