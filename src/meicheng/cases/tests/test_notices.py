"""Who is told of what happens to a case."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.translation import override

from meicheng.cases.actions import ask_extension_case, refuse_extension_case
from meicheng.cases.actions.time import latest_extension
from meicheng.cases.models import Case
from meicheng.cases.tasks import tell_what_is_to_be_looked_at
from meicheng.ledger.followers import FOLLOWERS
from meicheng.ledger.models import Event
from meicheng.notices.models import Notice
from meicheng.notices.queries import line


def follow(times: int = 2) -> None:
    """Show all events to the followers of this room, as a worker that was away does."""
    ours = [one for name, one in FOLLOWERS.items() if name.startswith("cases.")]
    for _time in range(times):
        for event in Event.objects.filter(chain__startswith="case:").order_by("pk"):
            for one in ours:
                if event.verb in one.verbs:
                    one.react(event)


def told() -> list[tuple[str, str]]:
    return [(one.person.username, one.kind) for one in Notice.objects.order_by("pk")]


@pytest.fixture
def lead(city):
    return city.user("unit-lead")


def test_a_dispatched_case_is_told_to_the_lead_of_its_unit_alone(city, lead):
    city.user("unit-lead", unit=city.unit(district="XC"))
    case = city.case(state="dispatched")
    follow()
    assert told() == [(lead.username, "case.dispatched")]
    notice = Notice.objects.get()
    assert notice.link == f"/cases/{case.number}/"
    assert not notice.urgent
    with override("zh-hans"):
        assert line(notice).title == f"{case.number} 已派遣至 {case.unit.name_zh}"


def test_what_is_dangerous_is_told_at_once(city, lead):
    kind = city.kind()
    kind.severity = 3
    kind.save()
    city.case(state="dispatched")
    follow()
    assert Notice.objects.get().urgent


def test_a_unit_that_sends_a_case_back_is_told_to_the_desk_and_the_third_time_to_the_office(city):
    desk = city.user("dispatcher")
    office = city.user("creation-office")
    case = city.case(state="sent_back")
    follow()
    assert (desk.username, "case.sent_back") in told()
    for _time in range(2):
        case = city.take(case, "dispatch")
        case = city.take(case, "send_back")
    follow()
    assert told().count((desk.username, "case.sent_back")) == 2
    assert told().count((office.username, "case.coordination")) == 1


def test_what_is_to_be_done_again_is_told_to_all_of_the_unit_but_not_to_who_did_it(city, lead):
    city.case(state="to_redo")
    follow()
    worker = city.user("unit-worker")
    again = [name for name, kind in told() if kind == "case.redo"]
    assert sorted(again) == sorted([lead.username, worker.username])
    assert city.user("creation-office").username not in again


def test_who_may_grant_more_time_is_told_that_it_is_asked_and_the_unit_what_was_decided(city, lead):
    office = city.user("creation-office")
    case = city.case(state="in_progress")
    until = latest_extension(case)
    ask_extension_case(case, by=lead, remark="需停水施工", until=until)
    follow()
    assert (office.username, "case.extension_asked") in told()
    refuse_extension_case(case, by=office, remark="应按期完成")
    follow()
    assert told().count((lead.username, "case.extension_decided")) == 1


def test_the_day_on_which_a_suspended_case_is_looked_at_again_is_told_once(city, lead):
    desk = city.user("dispatcher")
    case = city.case(state="suspended")
    Notice.objects.all().delete()
    day = Case.objects.get(pk=case.pk).review_on
    assert tell_what_is_to_be_looked_at(day - timedelta(days=1)) == 0
    assert tell_what_is_to_be_looked_at(day) == 2
    assert tell_what_is_to_be_looked_at(day + timedelta(days=1)) == 0
    assert {name for name, _kind in told()} == {lead.username, desk.username}
