"""What becomes of a report, from the first word to the rating."""

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.utils import timezone, translation

from meicheng.cases.models import Case
from meicheng.ledger.models import Event
from meicheng.ledger.rebuild import rebuild
from meicheng.ledger.verify import verify
from meicheng.organisation import personal
from meicheng.organisation.permissions import NotAllowed
from meicheng.voices.actions import (
    answer_report,
    contest_result,
    rate_report,
    reveal_contact,
    submit_report,
)
from meicheng.voices.checking import BadReport, NewReport
from meicheng.voices.codes import LETTERS, new_code, read_code, shown
from meicheng.voices.models import Report

LITTER = "巷口垃圾成堆，好几天没人清理"


@pytest.fixture
def here(city):
    """A place in the community LC0101."""
    site = city.site()
    return {"longitude": site.longitude, "latitude": site.latitude}


def submit(here, body=LITTER, **more):
    said = {name: more.pop(name) for name in ("kind", "division", "reported_at") if name in more}
    return submit_report(NewReport("portal", body, **said, **here), **more)


def test_a_report_finds_its_place_and_kind_and_gets_a_case(city, here):
    report = submit(here)
    assert (report.division.code, report.kind.code) == ("LC0101", "exposed-litter")
    assert (report.state, report.case.state, report.case.source) == (
        "received",
        "reported",
        "portal",
    )
    assert report.suggested[0][0] == "exposed-litter"


def test_the_same_problem_at_the_same_place_joins_the_open_case(city, here):
    first, second = submit(here), submit(here)
    assert second.case == first.case
    assert second.state == "joined"
    first.case.refresh_from_db()
    assert first.case.reports_count == 2
    third = submit({**here, "latitude": here["latitude"] + 0.001})  # 111 m to the north
    fourth = submit(here, "路灯不亮，晚上很黑")
    assert len({one.case_id for one in (first, third, fourth)}) == 3


def test_an_old_or_closed_case_is_not_joined(city, here):
    first = submit(here)
    Case.objects.filter(pk=first.case_id).update(reported_at=timezone.now() - timedelta(days=31))
    second = submit(here)
    assert second.case_id != first.case_id


def test_the_same_key_is_the_same_report(city, here):
    assert submit(here, key="k1") == submit(here, key="k1")
    assert (Report.objects.count(), Case.objects.get().reports_count) == (1, 1)


def test_a_doubtful_report_is_taken_with_its_reason_and_joins_nothing(city, here):
    first = submit(here)
    doubtful = submit(here, doubt="too fast")
    assert doubtful.extra == {"doubt": "too fast"}
    assert doubtful.case_id != first.case_id


@pytest.mark.parametrize(
    ("body", "more", "field"),
    [
        ("", {}, "body"),
        ("。！？ 🙂", {}, "body"),
        ("字" * 100_000, {}, "body"),
        (LITTER, {"longitude": 0.0, "latitude": 0.0}, "longitude"),
        (LITTER, {"longitude": 500.0, "latitude": 0.0}, "longitude"),
        (LITTER, {"latitude": None}, "longitude"),
        (LITTER, {"longitude": None, "latitude": None}, "division"),
        (LITTER, {"reported_at": timezone.now() + timedelta(days=1)}, "reported_at"),
    ],
)
def test_a_report_that_cannot_be_says_what_is_wrong_and_leaves_nothing(
    city, here, body, more, field
):
    with translation.override("en"), pytest.raises(BadReport) as problem:
        submit({**here, **{k: v for k, v in more.items() if k != "reported_at"}}, body,
               **{k: v for k, v in more.items() if k == "reported_at"})  # fmt: skip
    assert problem.value.field == field
    assert not Report.objects.exists()
    assert not Case.objects.exists()


def test_too_many_photographs_or_a_wrong_phone_are_refused(city, here):
    with pytest.raises(BadReport) as problem:
        submit(here, photos=[city.photo() for _ in range(5)])
    assert problem.value.field == "photos"
    with pytest.raises(BadReport) as problem:
        submit(here, phone="call me")
    assert problem.value.field == "phone"
    assert not Report.objects.exists()


def test_scripts_in_words_are_only_words(city, here):
    report = submit(here, "<script>alert(1)</script>垃圾成堆'; DROP TABLE voices_report; --")
    assert "<script" not in report.body
    assert "DROP TABLE" in report.body


def close(city, case):
    for step in ("register", "dispatch", "accept", "start", "resolve", "verify", "close"):
        case = city.take(Case.objects.get(pk=case.pk), step)
    return case


def test_a_report_follows_its_case_and_is_answered_with_the_outcome(city, here):
    first, second = submit(here), submit(here)
    city.take(first.case, "register")
    first.refresh_from_db()
    assert first.state == "accepted"
    for step in ("dispatch", "accept", "start", "resolve", "verify", "close"):
        city.take(Case.objects.get(pk=first.case_id), step)
    for report in (first, second):
        report.refresh_from_db()
        assert (report.state, report.reply) == ("answered", "已办理")
        assert report.replied_at is not None


def test_what_was_answered_by_hand_stands_when_the_case_closes(city, here):
    report = submit(here)
    answer_report(report, by=city.user("dispatcher"), reply="已联系物业，周五前清走")
    close(city, report.case)
    report.refresh_from_db()
    assert report.reply == "已联系物业，周五前清走"
    with pytest.raises(BadReport):
        answer_report(report, by=city.user("dispatcher"), reply="  ")
    with pytest.raises(NotAllowed):
        answer_report(report, by=city.user("auditor"), reply="不可以")


def test_one_answer_goes_to_all_who_joined_and_wait_for_one(city, here, client):
    first, second, third = submit(here), submit(here), submit(here)
    desk = city.user("dispatcher")
    answer_report(third, by=desk, reply="您问的停水另行答复")
    client.force_login(desk)
    page = client.get(f"/reports/{first.code}/").content.decode()
    assert "同时答复另外1位" in page
    said = {"reply": "周五前清走", "others": "1"}
    page = client.post(f"/reports/{first.code}/answer", said, follow=True).content.decode()
    assert "已答复2件诉求" in page
    assert 'name="others"' not in page, "nobody waits any more"
    replies = Report.objects.filter(case=first.case).order_by("pk").values_list("reply", flat=True)
    assert list(replies) == ["周五前清走", "周五前清走", "您问的停水另行答复"]
    assert Event.objects.filter(verb="answered").count() == 3
    client.post(f"/reports/{second.code}/answer", {"reply": "已提前清走"})
    first.refresh_from_db()
    assert first.reply == "周五前清走", "to one alone, unless it is asked for"


def test_a_turned_down_report_is_told_why(city, here):
    from meicheng.cases.actions import turn_down_case

    report = submit(here)
    turn_down_case(report.case, by=city.user("dispatcher"), remark="属于小区内部，请联系物业")
    report.refresh_from_db()
    assert (report.state, report.reply) == ("turned_down", "属于小区内部，请联系物业")


def test_a_case_is_as_satisfying_as_to_its_least_satisfied_reporter(city, here):
    first, second = submit(here), submit(here)
    with pytest.raises(BadReport):
        rate_report(first, rating=5, manner=5)
    close(city, first.case)
    rate_report(first, rating=5, manner=4)
    rate_report(second, rating=2, manner=None)
    assert Case.objects.get().rating == 2
    with pytest.raises(BadReport):
        rate_report(first, rating=1, manner=1)
    with pytest.raises(BadReport):
        rate_report(submit(here), rating=9, manner=1)
    assert rebuild(check=True) == []


def test_what_is_not_solved_goes_back_once_with_the_reason(city, here):
    report = submit(here)
    close(city, report.case)
    rate_report(report, rating=1, manner=3)
    contest_result(report, reason="垃圾还在")
    case = Case.objects.get()
    assert (case.state, case.redo_count, case.rating) == ("to_redo", 1, None)
    report.refresh_from_db()
    assert (report.state, report.rating) == ("accepted", None)
    for step in ("start", "resolve", "verify", "close"):
        case = city.take(case, step)
    with pytest.raises(BadReport):
        contest_result(report, reason="还是没解决")
    assert rebuild(check=True) == []
    assert verify().found == 0


def test_a_phone_number_is_sealed_masked_found_and_shown_for_a_reason(city, here):
    report = submit(here, phone="+86 138-0000-1234")
    assert report.phone_masked == "138****1234"
    assert b"1234" not in bytes(report.phone_sealed)
    assert Report.objects.get(phone_digest=personal.digest("13800001234")) == report
    with pytest.raises(BadReport):
        reveal_contact(report, by=city.user("dispatcher"), reason=" ")
    with pytest.raises(NotAllowed):
        reveal_contact(report, by=city.user("inspector"), reason="好奇")
    assert (
        reveal_contact(report, by=city.user("dispatcher"), reason="核实地点").phone == "13800001234"
    )
    event = Event.objects.get(verb="phone_seen")
    assert event.data == {"reason": "核实地点"}
    assert verify().found == 0


def test_a_new_key_seals_and_the_old_one_still_opens(settings):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.PERSONAL_DATA_KEYS = [old]
    sealed = personal.seal("13800001234")
    settings.PERSONAL_DATA_KEYS = [new, old]
    assert personal.unseal(sealed) == "13800001234"
    settings.PERSONAL_DATA_KEYS = [new]
    with pytest.raises(ValueError, match="key"), translation.override("en"):
        personal.unseal(sealed)


def test_a_code_is_read_however_it_is_typed_and_any_one_slip_is_noticed():
    code = new_code()
    assert read_code(shown(code).lower()) == code
    assert read_code(f" {code[:5]} {code[5:]} ") == code
    for place, letter in enumerate(code):
        other = LETTERS[(LETTERS.index(letter) + 1) % len(LETTERS)]
        assert read_code(code[:place] + other + code[place + 1 :]) is None
    for place in range(len(code) - 1):
        if code[place] != code[place + 1]:
            swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
            assert read_code(swapped) is None
    assert len({new_code() for _ in range(500)}) == 500
    assert read_code("") is None
    assert read_code("O" * 12) is None
