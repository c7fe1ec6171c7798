"""What a dispatcher, a unit and a verifier do on the pages of cases."""

import io
import re
from datetime import timedelta

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from meicheng.cases.models import Case


def numbers_on(page):
    """The cases that a page lists."""
    return set(re.findall(r"A-\d{8}-\d{4,}", page.content.decode()))


def test_the_list_shows_the_cases_of_my_district_only(city, client):
    mine, other = city.case(division="LC0101"), city.case(division="XC0101")
    client.force_login(city.user("district-lead"))
    assert numbers_on(client.get("/cases/")) == {mine.number}
    client.force_login(city.user("creation-office"))
    assert numbers_on(client.get("/cases/")) == {mine.number, other.number}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"open", "late"}),
        ("group=all", {"open", "late", "closed"}),
        ("group=closed", {"closed"}),
        ("overdue=1", {"late"}),
        ("group=all&kind=lamp-out", {"closed"}),
        ("group=all&division=XC", {"late"}),
        ("q=消失的井盖", {"open"}),
        ("group=all&source=portal", {"closed"}),
        ("group=all&since=2030-01-01", set()),
    ],
)
def test_a_list_is_narrowed_by_its_address(city, client, query, found):
    cases = {
        "open": city.case(description="消失的井盖"),
        "late": city.case(state="in_progress", division="XC0101"),
        "closed": city.case("lamp-out", state="closed", source="portal"),
    }
    Case.objects.filter(pk=cases["late"].pk).update(due_at=timezone.now() - timedelta(hours=1))
    client.force_login(city.user("creation-office"))
    page = client.get(f"/cases/?{query}")
    assert numbers_on(page) == {cases[name].number for name in found}


def test_a_filter_that_means_nothing_is_said_and_left_out(city, client):
    case = city.case()
    client.force_login(city.user("creation-office"))
    page = client.get("/cases/?kind=flying-saucer&since=yesterday")
    assert "flying-saucer" in page.content.decode()
    assert "yesterday" in page.content.decode()
    assert numbers_on(page) == {case.number}


def test_a_case_is_registered_dispatched_and_handled_by_its_buttons(city, client):
    case = city.case(state="reported")

    def take(role, step, **more):
        unit = Case.objects.get(pk=case.pk).unit
        who = city.user(role, unit=unit) if role == "unit-worker" else city.user(role)
        client.force_login(who)
        page = client.get(f"/cases/{case.number}/").content.decode()
        assert f'id="step-{step}"' in page, f"{role} is offered {step}"
        seen = re.search(rf'name="{step}-seen" value="(\d+)"', page)[1]
        fields = {f"{step}-seen": seen, **{f"{step}-{name}": v for name, v in more.items()}}
        answer = client.post(f"/cases/{case.number}/{step}/", fields)
        assert answer.status_code == 302, answer.content.decode()[:3000]

    take("dispatcher", "register", kind="exposed-litter")
    take("dispatcher", "dispatch", unit=city.unit().pk)
    take("unit-worker", "accept")
    take("unit-worker", "start")
    take("unit-worker", "resolve", photos=city.jpeg(), remark="已清理")
    take("verifier", "verify", photos=city.jpeg(), remark="现场干净")
    take("dispatcher", "close", remark="办结")
    case.refresh_from_db()
    assert case.state == "closed"
    assert case.photos.count() == 2
    client.force_login(city.user("auditor"))
    page = client.get(f"/cases/{case.number}/").content.decode()
    assert page.count("现场干净") == 1
    assert "step-reopen" not in page, "an auditor changes nothing"


def step(client, case, code, **fields):
    """Send a step's form as the page of the case would."""
    fields.setdefault("seen", case.events_count)
    return client.post(
        f"/cases/{case.number}/{code}/", {f"{code}-{name}": v for name, v in fields.items()}
    )


def test_a_result_without_a_photograph_is_asked_for_one_and_keeps_the_words(city, client):
    case = city.case(state="in_progress")
    client.force_login(city.user("unit-worker", unit=case.unit))
    answer = step(client, case, "resolve", remark="昨晚已经清运")
    assert answer.status_code == 400
    assert "昨晚已经清运" in answer.content.decode()
    assert Case.objects.get(pk=case.pk).state == "in_progress"


def test_a_file_that_lies_about_its_type_is_refused_and_nothing_changes(city, client):
    case = city.case(state="in_progress")
    client.force_login(city.user("unit-worker", unit=case.unit))
    lie = io.BytesIO(b"PK\x03\x04 a zip in disguise")
    lie.name = "photo.jpg"
    answer = step(client, case, "resolve", remark="完成", photos=lie)
    assert answer.status_code == 400
    assert "photo.jpg" in answer.content.decode()
    assert Case.objects.get(pk=case.pk).events_count == case.events_count


def test_of_two_on_one_page_the_second_is_told_who_was_first(city, client):
    case = city.case(state="reported")
    seen = case.events_count
    client.force_login(city.user("dispatcher"))
    assert step(client, case, "register", kind="exposed-litter", seen=seen).status_code == 302
    client.force_login(city.user("creation-office"))
    answer = step(client, case, "turn_down", remark="不是问题", seen=seen)
    assert answer.status_code == 409
    assert city.user("dispatcher").display_name in answer.content.decode()


def test_the_same_form_sent_twice_counts_once(city, client):
    case = city.case(state="reported")
    client.force_login(city.user("dispatcher"))
    first = step(client, case, "register", kind="exposed-litter")
    second = step(client, case, "register", kind="exposed-litter")
    assert (first.status_code, second.status_code) == (302, 409)
    assert Case.objects.get(pk=case.pk).events_count == case.events_count + 1


def test_what_somebody_may_not_do_is_not_done_by_guessing_the_address(city, client):
    case = city.case(state="reported")
    client.force_login(city.user("auditor"))
    assert step(client, case, "register", kind="exposed-litter").status_code == 403
    client.force_login(city.user("district-lead", division="XC"))
    assert client.get(f"/cases/{case.number}/").status_code == 403
    client.force_login(city.user("administrator"))
    assert client.get("/cases/").status_code == 403
    assert Case.objects.get(pk=case.pk).state == "reported"


def test_a_number_or_step_that_is_none_is_a_page_that_says_so(city, client):
    case = city.case()
    client.force_login(city.user("dispatcher"))
    assert client.get("/cases/A-19990101-0001/").status_code == 404
    assert client.post(f"/cases/{case.number}/explode/").status_code == 404


def test_a_new_case_finds_its_community_from_the_position(city, client):
    client.force_login(city.user("dispatcher"))
    longitude, latitude = 114.3, 34.2
    site = city.site()
    longitude, latitude = site.longitude, site.latitude
    answer = client.post(
        "/cases/new/",
        {
            "kind": "exposed-litter",
            "description": "巷口有一堆垃圾",
            "longitude": longitude,
            "latitude": latitude,
            "photos": city.jpeg(),
        },
    )
    assert answer.status_code == 302
    case = Case.objects.get(description="巷口有一堆垃圾")
    assert (case.division.code, case.state) == ("LC0101", "reported")
    assert case.photos.count() == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"longitude": 0, "latitude": 0}, "0.00000"),
        ({"longitude": "east", "latitude": 34}, "longitude"),
        ({"description": "字" * 100_000, "division": 1}, "5000"),
        ({"site": "NOWHERE-1"}, "NOWHERE-1"),
        ({}, "alert"),
    ],
)
def test_a_new_case_that_cannot_be_is_answered_and_keeps_its_words(city, client, fields, said):
    client.force_login(city.user("dispatcher"))
    sent = {"kind": "exposed-litter", "description": "巷口有一堆垃圾", **fields}
    answer = client.post("/cases/new/", sent)
    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert not Case.objects.exists()


def test_the_export_is_the_list_and_text_stays_text(city, client):
    city.case(description="=HYPERLINK(1)")
    city.case(state="closed")
    client.force_login(city.user("creation-office"))
    answer = client.get("/cases/export?group=open")
    sheet = load_workbook(io.BytesIO(answer.content)).active
    rows = list(sheet.iter_rows(min_row=3, values_only=True))
    assert len(rows) == 1
    assert "=HYPERLINK(1)" in rows[0]
    client.force_login(city.user("dispatcher"))
    assert client.get("/cases/export").status_code == 403


def test_a_changed_event_shows_on_the_page(city, client):
    from meicheng.ledger.models import Event

    case = city.case(state="closed")
    client.force_login(city.user("auditor"))
    before = client.get(f"/cases/{case.number}/").content.decode()
    last = Event.objects.filter(chain=case.chain).order_by("sequence").last()
    Event.objects.filter(pk=last.pk).update(by_name="somebody else")
    after = client.get(f"/cases/{case.number}/").content.decode()
    assert "✗" not in before
    assert "✗" in after


def test_pages_ask_the_same_number_of_questions_for_more_cases(
    city, client, django_assert_max_num_queries
):
    client.force_login(city.user("creation-office"))
    one = city.case(state="closed")
    for number in (2, 12):
        for _ in range(number):
            city.case(state="dispatched")
        with django_assert_max_num_queries(16):
            assert client.get("/cases/?group=all").status_code == 200
        with django_assert_max_num_queries(30):
            assert client.get(f"/cases/{one.number}/").status_code == 200


def test_a_page_after_the_last_is_the_last(city, client):
    for _ in range(3):
        city.case()
    client.force_login(city.user("dispatcher"))
    assert len(numbers_on(client.get("/cases/?page=99"))) == 3
    assert len(numbers_on(client.get("/cases/?page=x"))) == 3
