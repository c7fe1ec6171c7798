"""Who is told of what happens to a case."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from meicheng.cases import tasks  # noqa: F401  registers the followers
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
