"""The pages on which an inspector works."""

import io
import re
from datetime import date

import pytest

from meicheng.cases.models import Case
from meicheng.inspections.draw import drawn_on, place_in_draw
from meicheng.inspections.models import Visit
from meicheng.ledger.models import Observation


@pytest.fixture
def lane(city):
    return city.site("back-lane", name="木槿巷")


def fill(client, city, lane, answers, **more):
    """Fill in the checklist of a lane as its page offers it, and send it."""
    address = f"/inspections/new?site={lane.code}"
    key = re.search(r'name="key" value="(\w+)"', client.get(address).content.decode())[1]
    fields = {"key": key, "reason": "routine", **more}
    for code, (value, photo) in answers.items():
        pk = city.item(code).pk
        fields[f"{pk}-value"] = value
        if photo:
            fields[f"{pk}-photo"] = photo
    return client.post(address, fields)


def test_a_checklist_is_answered_and_the_visit_shows_what_it_opened(city, client, lane):
    client.force_login(city.user("inspector"))
    sent = fill(client, city, lane, {"swept": ("yes", None), "lamps-lit": ("no", city.jpeg())})
    assert sent.status_code == 302
    page = client.get(sent.url).content.decode()
    case = Case.objects.get()
    assert case.number in page
    assert city.item("lamps-lit").name_zh in page
    assert client.get("/inspections/").content.decode().count("木槿巷") >= 1


def test_a_failure_without_a_photograph_keeps_everything_that_was_filled_in(city, client, lane):
    client.force_login(city.user("inspector"))
    pk = city.item("lamps-lit").pk
    sent = fill(client, city, lane, {"lamps-lit": ("no", None)}, **{f"{pk}-remark": "东头三盏不亮"})
    page = sent.content.decode()
    assert sent.status_code == 400
    assert "东头三盏不亮" in page
    assert re.search(rf'name="{pk}-value" value="no"[^>]*checked', page)
    assert not Visit.objects.exists()


def test_a_photograph_that_is_none_changes_nothing(city, client, lane):
    client.force_login(city.user("inspector"))
    lie = io.BytesIO(b"%PDF-1.7 not a photograph")
    lie.name = "lamp.jpg"
    sent = fill(client, city, lane, {"lamps-lit": ("no", lie), "swept": ("yes", None)})
    assert sent.status_code == 400
    assert "lamp.jpg" in sent.content.decode()
    assert not Visit.objects.exists()
    assert not Observation.objects.exists()


def test_nobody_says_drawn_of_a_site_that_was_not(city, client, lane, settings):
    settings.DRAWN_PER_DAY = 0
    client.force_login(city.user("inspector"))
    sent = fill(client, city, lane, {"swept": ("yes", None)}, reason="sample")
    assert sent.status_code == 400
    assert not Visit.objects.exists()


def test_a_drawn_site_is_offered_and_its_visit_counts_as_a_sample(city, client, lane, settings):
    settings.DRAWN_PER_DAY = 1000
    client.force_login(city.user("inspector"))
    assert lane.code in client.get("/inspections/").content.decode()
    sent = fill(client, city, lane, {"swept": ("yes", None)}, reason="sample")
    assert sent.status_code == 302
    assert Observation.objects.get().sampled


def test_the_draw_gives_every_site_the_same_chance(db):
    # 3,000 days, one chance in four each: 750 expected, standard deviation √(3000·¼·¾) = 23.7
    quarter = 2**64 // 4
    days = [date.fromordinal(739_000 + n) for n in range(3000)]
    for code in ("LC0101-001", "XC0101-002"):
        drawn = sum(place_in_draw(code, day) < quarter for day in days)
        assert abs(drawn - 750) < 4 * 23.7
    both = sum(
        place_in_draw("LC0101-001", day) < quarter and place_in_draw("XC0101-002", day) < quarter
        for day in days
    )
    assert abs(both - 187.5) < 4 * 13.3  # one site's draw says nothing of another's


def test_the_draw_of_a_day_is_the_same_for_everybody(city, settings):
    settings.DRAWN_PER_DAY = 2
    for _ in range(10):
        city.site()
    assert drawn_on(date(2026, 9, 1)) == drawn_on(date(2026, 9, 1))


def test_an_answer_is_corrected_on_the_page_with_a_reason(city, client, lane):
    client.force_login(city.user("inspector"))
    sent = fill(client, city, lane, {"swept": ("yes", None)})
    visit, answer = Visit.objects.get(), Observation.objects.get()
    address = f"{sent.url}correct/{answer.pk}"
    assert client.post(address, {"value": "na", "remark": ""}).status_code == 400
    assert client.post(address, {"value": "na", "remark": "巷子封闭施工"}).status_code == 302
    page = client.get(sent.url).content.decode()
    assert "巷子封闭施工" in page
    visit.refresh_from_db()
    assert (visit.passed, visit.not_applicable) == (0, 1)
    client.force_login(city.user("auditor"))
    assert client.post(address, {"value": "yes", "remark": "x"}).status_code == 403


def test_visits_of_other_districts_are_not_shown(city, client, lane):
    client.force_login(city.user("inspector"))
    fill(client, city, lane, {"swept": ("yes", None)})
    visit = Visit.objects.get()
    client.force_login(city.user("district-lead", division="XC"))
    assert f"/inspections/{visit.pk}/" not in client.get("/inspections/").content.decode()
    assert client.get(f"/inspections/{visit.pk}/").status_code == 403


@pytest.mark.parametrize("address", ["/inspections/999/", "/inspections/new?site=NOWHERE"])
def test_what_is_not_there_is_said(city, client, address):
    client.force_login(city.user("inspector"))
    assert client.get(address).status_code == 404


def test_filters_that_mean_nothing_are_said(city, client):
    client.force_login(city.user("inspector"))
    page = client.get("/inspections/?division=MARS&reason=whim&since=later").content.decode()
    for word in ("MARS", "whim", "later"):
        assert word in page


def test_pages_ask_the_same_number_of_questions_for_more(
    city, client, django_assert_max_num_queries, settings
):
    settings.DRAWN_PER_DAY = 1000
    client.force_login(city.user("inspector"))
    for number in (1, 10):
        sites = [city.site() for _ in range(number)]
        for site in sites:
            sent = fill(client, city, site, {"swept": ("yes", None), "lamps-lit": ("na", None)})
        with django_assert_max_num_queries(16):
            assert client.get("/inspections/").status_code == 200
        with django_assert_max_num_queries(14):
            assert client.get(f"/inspections/new?site={sites[0].code}").status_code == 200
        with django_assert_max_num_queries(14):
            assert client.get(sent.url).status_code == 200
