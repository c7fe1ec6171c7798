"""What the desk does with citizens' voices."""

import pytest

from meicheng.cases.models import ReplyTemplate
from meicheng.ledger.models import Event
from meicheng.voices.actions import submit_report
from meicheng.voices.checking import NewReport
from meicheng.voices.models import Report


@pytest.fixture
def report(city):
    site = city.site()
    said = NewReport(
        "portal",
        "巷口垃圾成堆，好几天没人清理",
        longitude=site.longitude,
        latitude=site.latitude,
    )
    return submit_report(said, phone="13800001234", photos=[city.photo()])


def listed(client, query=""):
    page = client.get(f"/reports/?{query}").content.decode()
    return {one for one in Report.objects.all() if f"/reports/{one.code}/" in page}


@pytest.mark.parametrize(
    ("query", "there"),
    [
        ("", True),
        ("state=answered", False),
        ("state=all", True),
        ("source=hotline", False),
        ("division=XC", False),
        ("q=垃圾成堆", True),
        ("q=路灯", False),
        ("q=138 0000 1234", True),
        ("q=13900001234", False),
        ("doubtful=1", False),
        ("since=2030-01-01", False),
    ],
)
def test_reports_are_narrowed_by_the_address(city, client, report, query, there):
    client.force_login(city.user("dispatcher"))
    assert (report in listed(client, query)) == there
    assert (report in listed(client, f"state=all&q={report.code}")) is True


def test_a_filter_that_means_nothing_is_said(city, client, report):
    client.force_login(city.user("dispatcher"))
    page = client.get("/reports/?state=odd&source=ufo&division=MARS&since=soon").content.decode()
    for word in ("odd", "ufo", "MARS", "soon"):
        assert word in page


def test_the_desk_reads_answers_and_sees_the_number_only_for_a_reason(city, client, report):
    client.force_login(city.user("dispatcher"))
    address = f"/reports/{report.code}/"
    page = client.get(address).content.decode()
    assert report.case.number in page
    assert "138****1234" in page
    assert "13800001234" not in page
    assert client.post(f"{address}phone", {"reason": ""}).status_code == 400
    shown = client.post(f"{address}phone", {"reason": "核实地点"}).content.decode()
    assert "13800001234" in shown
    assert Event.objects.filter(verb="phone_seen").count() == 1
    assert client.post(f"{address}answer", {"reply": " "}).status_code == 400
    assert client.post(f"{address}answer", {"reply": "今天清运"}).status_code == 302
    report.refresh_from_db()
    assert report.reply == "今天清运"


@pytest.mark.parametrize("role", ["unit-worker", "administrator"])
def test_who_does_not_deal_with_voices_sees_none(city, client, report, role):
    client.force_login(city.user(role))
    assert client.get("/reports/").status_code == 403
    assert client.get(f"/reports/{report.code}/").status_code == 403


def test_another_district_sees_nothing_of_it(city, client, report):
    client.force_login(city.user("district-lead", division="XC"))
    assert report not in listed(client, "state=all")
    assert client.get(f"/reports/{report.code}/").status_code == 403


def test_a_call_is_taken_with_place_and_number(city, client):
    client.force_login(city.user("dispatcher"))
    page = client.get("/reports/new").content.decode()
    key = page.split('name="key" value="')[1].split('"')[0]
    fields = {
        "key": key,
        "body": "路灯不亮",
        "source": "hotline",
        "phone": "5551234567",
        "division": city.division("LC0101").pk,
        "address": "木槿巷 3 号",
    }
    first, second = client.post("/reports/new", fields), client.post("/reports/new", fields)
    assert first.status_code == 302
    assert first.url == second.url
    report = Report.objects.get()
    assert (report.source, report.kind.code, report.phone_masked) == (
        "hotline",
        "lamp-out",
        "555****4567",
    )
    wrong = client.post("/reports/new", {**fields, "key": "other", "division": "", "phone": "x"})
    assert wrong.status_code == 400
    assert "路灯不亮" in wrong.content.decode()


def test_the_desk_accepts_joins_and_turns_down_on_the_page(city, client, report):
    client.force_login(city.user("dispatcher"))
    address = f"/reports/{report.code}/"
    page = client.get(address).content.decode()
    assert "暴露垃圾" in page
    assert "exposed-litter 50" not in page, "kinds are told by name"
    seen = report.case.events_count
    wrong = client.post(f"{address}decide/join", {"join-seen": seen, "join-to": "A-1"})
    assert wrong.status_code == 400
    assert "A-1" in wrong.content.decode()
    old = {"turn-down-seen": 0, "turn-down-reason": "属于小区内部"}
    stale = client.post(f"{address}decide/turn-down", old)
    assert stale.status_code == 409
    assert "属于小区内部" in stale.content.decode(), "the words are not lost"
    accepted = {"accept-seen": seen, "accept-kind": "dirty-road"}
    assert client.post(f"{address}decide/accept", accepted).status_code == 302
    report.refresh_from_db()
    assert (report.state, report.kind_id, report.case.state) == (
        "accepted",
        "dirty-road",
        "registered",
    )
    again = client.post(f"{address}decide/accept", accepted)
    assert again.status_code == 400
    assert client.post(f"{address}decide/burn", {}).status_code == 404
    assert 'id="decide"' not in client.get(address).content.decode()


def test_only_cases_that_one_may_see_are_offered_as_near(city, client, report):
    there = {"longitude": report.longitude, "latitude": report.latitude}
    mine = city.case(division="LC0101", state="registered", **there)
    other = city.case(division="XC0101", state="registered", **there)
    client.force_login(city.user("district-lead", division="LC"))
    page = client.get(f"/reports/{report.code}/").content.decode()
    assert mine.number in page
    assert other.number not in page


def test_a_report_that_was_joined_can_be_parted_on_its_page(city, client, report):
    second = submit_report(
        NewReport("portal", report.body, longitude=report.longitude, latitude=report.latitude)
    )
    client.force_login(city.user("dispatcher"))
    address = f"/reports/{second.code}/"
    assert "decide/part" in client.get(address).content.decode()
    sent = client.post(f"{address}decide/part", {"part-seen": report.case.events_count})
    assert sent.status_code == 302
    second.refresh_from_db()
    assert second.case != report.case
    assert "decide/part" not in client.get(address).content.decode()
    assert client.post(f"{address}decide/part", {"part-seen": 1}).status_code == 400


def test_who_may_not_decide_is_offered_nothing_and_refused(city, client, report):
    client.force_login(city.user("inspector"))
    address = f"/reports/{report.code}/"
    assert 'id="decide"' not in client.get(address).content.decode()
    sent = {"accept-seen": report.case.events_count, "accept-kind": "other"}
    assert client.post(f"{address}decide/accept", sent).status_code == 403


def test_pages_ask_the_same_number_of_questions_for_more(
    city, client, report, django_assert_max_num_queries
):
    client.force_login(city.user("dispatcher"))
    for number in (2, 15):
        for _ in range(number):
            city.report()
        with django_assert_max_num_queries(14):
            assert client.get("/reports/").status_code == 200
        with django_assert_max_num_queries(16):
            assert client.get(f"/reports/{report.code}/").status_code == 200
        with django_assert_max_num_queries(12):
            assert client.get("/reports/new").status_code == 200


def test_a_reply_is_looked_at_before_it_is_sent_and_nothing_is_written(city, client, report):
    client.force_login(city.user("dispatcher"))
    address = f"/reports/{report.code}/answer"
    page = client.post(address, {"reply": "您好！留言已收悉。", "check": "1"}).content.decode()
    assert 'id="hints"' in page
    assert "留言已收悉" in page
    report.refresh_from_db()
    assert report.reply == ""
    client.force_login(city.user("inspector"))
    assert client.post(address, {"reply": "您好", "check": "1"}).status_code == 403


def test_a_template_is_put_into_the_reply_without_scripts(city, client, report):
    user = city.user("dispatcher")
    template = ReplyTemplate.objects.create(name="已修", body="您好，{number} 已修好。", owner=user)
    client.force_login(user)
    address = f"/reports/{report.code}/answer"
    page = client.post(address, {"reply": "王女士：", "template": template.pk}).content.decode()
    assert f"王女士：\n您好，{report.case.number} 已修好。" in page
