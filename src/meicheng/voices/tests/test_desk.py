"""What the desk decides of a report, and what becomes of the report with its case."""

import threading

import pytest
from django.db import connection, connections
from django.utils import timezone, translation

from meicheng.cases.actions import Needed, join_case
from meicheng.cases.models import Case
from meicheng.ledger.followers import FOLLOWERS
from meicheng.ledger.models import Event
from meicheng.ledger.rebuild import rebuild
from meicheng.ledger.verify import verify
from meicheng.notices.models import Letter
from meicheng.notices.outbox import Outbox
from meicheng.organisation.permissions import NotAllowed
from meicheng.voices import actions
from meicheng.voices.actions import (
    accept_report,
    contest_result,
    join_report,
    part_report,
    submit_report,
    turn_down_report,
)
from meicheng.voices.checking import BadReport, NewReport
from meicheng.voices.codes import shown
from meicheng.voices.models import Report
from meicheng.voices.tasks import tell_by_mail

LITTER = "巷口垃圾成堆，好几天没人清理"


@pytest.fixture
def here(city):
    """A place in the community LC0101."""
    site = city.site()
    return {"longitude": site.longitude, "latitude": site.latitude}


def submit(here, body=LITTER, **more):
    return submit_report(NewReport("portal", body, **here), **more)


def walk(city, case, *steps, remark=""):
    for step in steps:
        case = city.take(Case.objects.get(pk=case.pk), step, remark=remark)
    return case


DONE = ("dispatch", "accept", "start", "resolve", "verify", "close")


def test_accepting_registers_the_case_under_the_kind_that_it_really_is(city, here):
    report = submit(here)
    case = accept_report(report, by=city.user("dispatcher"), kind=city.kind("dirty-road"))
    report.refresh_from_db()
    assert (case.state, case.kind_id) == ("registered", "dirty-road")
    assert (report.state, report.kind_id) == ("accepted", "dirty-road")
    assert report.suggested[0][0] == "exposed-litter", "what was suggested stays to be learned from"
    with pytest.raises(BadReport) as problem, translation.override("en"):
        turn_down_report(report, by=city.user("dispatcher"), reason="重复")
    assert case.number in str(problem.value)


def test_only_the_desk_decides(city, here):
    report = submit(here)
    for decide in (
        lambda: accept_report(report, by=city.user("inspector")),
        lambda: turn_down_report(report, by=city.user("unit-worker"), reason="不归我们"),
    ):
        with pytest.raises(NotAllowed):
            decide()
    assert Case.objects.get().state == "reported"


def test_turning_down_needs_a_reason_and_tells_it(city, here):
    report = submit(here)
    with pytest.raises(Needed):
        turn_down_report(report, by=city.user("dispatcher"), reason=" ")
    turn_down_report(report, by=city.user("dispatcher"), reason="属于小区内部，请联系物业")
    report.refresh_from_db()
    assert (report.state, report.reply) == ("turned_down", "属于小区内部，请联系物业")


def test_a_joined_report_is_answered_with_the_case_that_stays(city, here):
    stays = city.case(state="registered", **here)
    report = submit(here, apart=True)
    join_report(report, to=stays, by=city.user("dispatcher"))
    report.refresh_from_db()
    assert (report.state, report.case) == ("joined", stays)
    walk(city, stays, *DONE, remark="已清运")
    report.refresh_from_db()
    assert (report.state, report.reply) == ("answered", "已清运")


def test_a_report_that_is_joined_to_a_closed_case_is_answered_at_once(city, here):
    closed = walk(city, city.case(state="registered", **here), *DONE, remark="昨日已清运")
    report = submit(here, apart=True)
    join_case(report.case, to=closed, by=city.user("dispatcher"))
    report.refresh_from_db()
    assert (report.state, report.reply, report.case) == ("answered", "昨日已清运", closed)
    assert report.replied_at is not None


def test_what_was_joined_by_mistake_gets_a_case_of_its_own(city, here):
    first, second = submit(here), submit(here, photos=[city.photo()])
    own = part_report(second, by=city.user("dispatcher"))
    second.refresh_from_db()
    first.case.refresh_from_db()
    assert (second.case, second.state, own.state) == (own, "received", "reported")
    assert own != first.case
    assert own.photos.count() == 1
    assert (first.case.reports_count, own.reports_count) == (1, 1)
    for report, by in ((first, "dispatcher"), (second, "dispatcher")):
        with pytest.raises(BadReport):
            part_report(report, by=city.user(by))
    with pytest.raises(NotAllowed):
        part_report(submit(here), by=city.user("inspector"))
    assert rebuild(check=True) == []
    assert verify().found == 0


def test_after_a_redo_the_citizen_reads_the_new_answer(city, here):
    report = submit(here)
    walk(city, report.case, "register", *DONE, remark="已清运")
    contest_result(report, reason="垃圾还在")
    report.refresh_from_db()
    assert (report.reply, report.replied_at) == ("", None)
    walk(city, report.case, "start", "resolve", "verify", "close", remark="已彻底清运并冲洗")
    report.refresh_from_db()
    assert (report.state, report.reply) == ("answered", "已彻底清运并冲洗")
    assert rebuild(check=True) == []


def test_who_says_that_it_is_another_one_gets_a_case_of_her_own(city, here):
    first, second = submit(here), submit(here, apart=True)
    assert second.case_id != first.case_id
    assert second.state == "received"


def test_a_case_that_ends_while_the_citizen_writes_is_not_joined(city, here, monkeypatch):
    first = submit(here)
    seen_open = Case.objects.get(pk=first.case_id)

    def found_and_then_closed(_checked):
        walk(city, seen_open, "register", *DONE)
        return seen_open

    monkeypatch.setattr(actions, "same_problem", found_and_then_closed)
    second = submit(here)
    assert second.case_id != first.case_id
    assert second.case.state == "reported"


def test_words_that_were_broken_on_the_way_are_named(city, here):
    broken = "路灯不亮".encode()[:-1].decode(errors="replace")
    with pytest.raises(BadReport) as problem:
        submit(here, broken)
    assert problem.value.field == "body"
    assert "UTF-8" in str(problem.value)
    assert not Report.objects.exists()


def test_a_connection_that_breaks_in_the_middle_leaves_nothing(city, here, monkeypatch):
    def breaks(*_args, **_more):
        raise ConnectionResetError("the citizen's phone went away")

    monkeypatch.setattr(actions.ReportPhoto.objects, "bulk_create", breaks)
    with pytest.raises(ConnectionResetError):
        submit(here, photos=[city.photo()], key="once")
    assert not Report.objects.exists()
    assert not Case.objects.exists()
    assert rebuild(check=True) == []
    monkeypatch.undo()
    assert submit(here, photos=[city.photo()], key="once").photos.count() == 1


def test_whoever_left_an_address_is_mailed_each_answer_once(city, here, settings, mailoutbox):
    settings.MAIL, settings.PUBLIC_ADDRESS = True, "https://city.example"
    with translation.override("en"):
        report = submit(here, email="citizen@example.org")
    submit(here)  # joins, and leaves no address
    walk(city, report.case, "register", *DONE, remark="已清运")
    for _time in range(2):  # a follower sees an event at least once
        for event in Event.objects.order_by("pk"):
            if event.verb in FOLLOWERS["voices.mail"].verbs:
                tell_by_mail(event)
    Outbox().turn()
    (mail,) = mailoutbox
    assert mail.to == ["citizen@example.org"]
    assert "已清运" in mail.body
    assert f"https://city.example/p/{shown(report.code)}/" in mail.body
    assert "answered" in mail.subject, "in the language of the page that she used"
    assert LITTER not in mail.body, "nobody mails his own words to others through the portal"
    contest_result(Report.objects.get(pk=report.pk), reason="垃圾还在")
    walk(city, report.case, "start", "resolve", "verify", "close", remark="已彻底清运")
    tell_by_mail(Event.objects.filter(verb="close").latest("pk"))
    Outbox().turn()
    assert "已彻底清运" in mailoutbox[1].body
    assert {bytes(letter.address_sealed) for letter in Letter.objects.all()} == {b""}


def test_no_mail_is_tried_where_none_is_set_up(city, here):
    report = submit(here, email="citizen@example.org")
    turn_down_report(report, by=city.user("dispatcher"), reason="属于小区内部")
    tell_by_mail(Event.objects.get(verb="turn_down"))
    assert not Letter.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_same_form_sent_twice_at_once_is_one_report(transactional_db):
    from meicheng.demo.little import City

    City()
    taken, faults, gate = [], [], threading.Barrier(2)
    said = NewReport("portal", LITTER, longitude=114.28, latitude=34.19, reported_at=timezone.now())

    def send():
        try:
            gate.wait(10)
            taken.append(submit_report(said, key="pressed-twice").code)
        except Exception as problem:  # shown below, where the test can see it
            faults.append(problem)
        finally:
            connections.close_all()

    if connection.vendor == "sqlite":  # its in-memory database has one writer: one after the other
        gate = threading.Barrier(1)
        send()
        send()
    else:
        threads = [threading.Thread(target=send) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert faults == []
    assert len(taken) == 2
    assert len(set(taken)) == 1
    assert (Report.objects.count(), Case.objects.count()) == (1, 1)
    assert rebuild(check=True) == []


def test_everybody_who_joined_by_whatever_way_is_answered(city, here):
    desk = city.user("dispatcher")
    first, near = submit(here), submit(here)
    apart, other = submit(here, apart=True), submit(here, apart=True)
    join_report(apart, to=other.case, by=desk)
    accept_report(first, by=desk)
    first.case.refresh_from_db()
    join_case(Case.objects.get(pk=other.case_id), to=first.case, by=desk)
    walk(city, first.case, *DONE, remark="已清运")
    late = submit(here, apart=True)
    join_case(late.case, to=Case.objects.get(pk=first.case_id), by=desk)
    found = Report.objects.values_list("pk", "state", "reply")
    assert sorted(found) == sorted(
        (one.pk, "answered", "已清运") for one in (first, near, apart, other, late)
    )
