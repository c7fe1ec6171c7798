"""Stages, parts, more time, the coordination group, drawn checks and cases that come back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from meicheng.cases import actions
from meicheng.cases.actions.time import latest_extension
from meicheng.cases.models import Case, SpotCheck
from meicheng.cases.queries import decisions_for, reach, verification_rate
from meicheng.engine.workflow import WrongState, is_drawn
from meicheng.ledger.models import Event
from meicheng.ledger.rebuild import rebuild
from meicheng.places.time import city_day
from meicheng.standards.models import CaseKind


@pytest.fixture
def sunken(city):
    """A kind with two stages: fence off in two hours, repair in a working day."""
    stages = [("围挡", "fence off", "2h"), ("修复", "repair", "1wd")]
    city.kinds["sunken-road"] = CaseKind.objects.create(
        code="sunken-road",
        name_zh="路面塌陷",
        name_en="Sunken road",
        group="facility",
        role_id="urban-management",
        stages=[{"do": {"zh": zh, "en": en}, "limit": limit} for zh, en, limit in stages],
    )
    return "sunken-road"


def send(client, case, code, **fields):
    fields.setdefault("seen", Case.objects.get(pk=case.pk).events_count)
    return client.post(
        f"/cases/{case.number}/{code}/", {f"{code}-{name}": v for name, v in fields.items()}
    )


def test_each_stage_has_its_own_time_and_the_last_is_the_case_s(city, client, sunken):
    case = city.case(sunken, state="accepted")
    first, last = case.stages.all()
    assert first.due_at == case.dispatched_at + timedelta(hours=2)
    assert last.due_at == case.due_at
    client.force_login(city.user("unit-worker", unit=case.unit))
    page = client.get(f"/cases/{case.number}/").content.decode()
    assert "围挡" in page
    assert send(client, case, "finish_stage", remark="围好了").status_code == 400, "no photograph"
    assert send(client, case, "finish_stage", photos=city.jpeg()).status_code == 302
    first.refresh_from_db()
    assert first.done_at is not None
    refused = send(client, case, "finish_stage", photos=city.jpeg())
    assert refused.status_code == 409, "the last stage ends with the whole"
    assert "有未完成的阶段" in refused.content.decode()


def test_a_late_stage_counts_and_a_pause_moves_the_open_ones(city, sunken):
    case = city.case(sunken, state="accepted")
    case.stages.filter(position=0).update(due_at=timezone.now() - timedelta(minutes=1))
    case = city.take(case, "finish_stage")
    before = case.stages.get(position=1).due_at
    case = city.take(case, "suspend")
    Case.objects.filter(pk=case.pk).update(suspended_at=timezone.now() - timedelta(days=10))
    case = city.take(case, "resume")
    assert case.stages.get(position=1).due_at == case.due_at > before
    for step in ("resolve", "verify", "close"):
        case = city.take(case, step)
    assert case.late_stages == 1
    assert rebuild(check=True) == []


def test_a_supporting_unit_sees_the_case_and_the_whole_waits_for_its_part(city, client):
    case = city.case(state="in_progress")
    helper = city.user("unit-worker", unit=city.unit("traffic-police"))
    client.force_login(helper)
    assert client.get(f"/cases/{case.number}/").status_code == 403
    case = city.take(case, "support", remark="疏导交通")
    page = client.get(f"/cases/{case.number}/").content.decode()
    assert "疏导交通" in page
    assert 'id="step-part_done"' in page
    assert 'id="step-resolve"' not in page, "the whole is the lead's"
    assert list(Case.objects.filter(reach(helper))) == [case]
    lead = city.user("unit-worker", unit=case.unit)
    with pytest.raises(actions.Needed, match="交警"):
        actions.resolve_case(case, by=lead, photos=[city.photo()])
    done = actions.resolve_case(case, by=lead, photos=[city.photo()], remark="无须封路")
    last = Event.objects.filter(chain=done.chain).latest("sequence")
    assert len(last.data["without"]) == 1, "the event says whose part was left open"


def test_a_case_of_two_problems_ends_with_its_last_part(city, client):
    case = city.case(state="registered")
    client.force_login(city.user("dispatcher"))
    half = {"kind_1": "dirty-road", "unit_1": city.unit().pk, "words_1": "路面脏"}
    assert send(client, case, "split", **half).status_code == 400
    answer = send(
        client, case, "split", **half,
        kind_2="illegal-parking", unit_2=city.unit("traffic-police").pk, words_2="违停",
    )  # fmt: skip
    assert answer.status_code == 302
    first, second = Case.objects.filter(parent=case).order_by("pk")
    assert (first.state, second.unit) == ("dispatched", city.unit("traffic-police"))
    page = client.get(f"/cases/{case.number}/").content.decode()
    assert first.number in page
    assert second.number in page
    for part in (first, second):
        case.refresh_from_db()
        assert case.state == "split"
        for step in ("accept", "resolve", "verify", "close"):
            part = city.take(part, step)
    case.refresh_from_db()
    assert (case.state, case.closed_at is not None) == ("closed", True)
    assert rebuild(check=True) == []


def test_a_case_whose_parts_were_all_withdrawn_is_back_at_the_desk(city):
    case = city.take(city.case(state="registered"), "split")
    for part in case.parts.all():
        city.take(part, "withdraw")
    case.refresh_from_db()
    assert (case.state, case.unit, case.due_at) == ("registered", None, None)


def test_more_time_is_asked_for_once_before_the_limit_and_granted_by_somebody_else(city, client):
    case = city.case("lamp-out", state="accepted")
    due, latest = case.due_at, latest_extension(case)
    lead = city.user("unit-lead", unit=case.unit)
    client.force_login(lead)
    late = send(client, case, "ask_extension", remark="配件未到", until="2199-01-01T08:00")
    past = send(client, case, "ask_extension", remark="配件未到", until="2020-01-01T08:00")
    assert (late.status_code, past.status_code) == (400, 400)
    case = actions.ask_extension_case(case, by=lead, remark="配件未到", until=latest)
    desk = city.user("dispatcher")
    assert [one.case for one in decisions_for(desk, day=city_day(timezone.now())).asked] == [case]
    client.force_login(desk)
    assert "配件未到" in client.get("/cases/decisions/").content.decode()
    case = actions.extend_case(case, by=desk)
    assert case.due_at == latest > due
    with pytest.raises(WrongState) as refused:
        actions.ask_extension_case(case, by=lead, remark="还要", until=latest)
    assert "须尚未延过期" in refused.value.say("zh")


def test_who_asked_never_decides_and_after_the_limit_nobody_is_asked(city):
    case = city.case("lamp-out", state="accepted")
    lead = city.user("unit-lead", unit=case.unit)
    from meicheng.organisation.models import Membership

    Membership.objects.create(user=lead, role="dispatcher", division=city.division("CITY"))
    case = actions.ask_extension_case(
        case, by=lead, remark="配件未到", until=latest_extension(case)
    )
    with pytest.raises(actions.Needed):
        actions.extend_case(case, by=lead)
    Case.objects.filter(pk=case.pk).update(due_at=timezone.now() - timedelta(minutes=1))
    with pytest.raises(WrongState) as refused:
        actions.extend_case(case, by=city.user("dispatcher"))
    assert "尚未到期" in refused.value.say("zh")


def test_what_three_times_was_sent_back_is_decided_by_name_and_stays(city, client):
    case = city.case(state="dispatched")
    for _ in range(2):
        case = city.take(city.take(case, "send_back"), "dispatch")
    case = city.take(case, "send_back")
    with pytest.raises(WrongState):
        city.take(case, "dispatch")
    office = city.user("creation-office")
    assert list(decisions_for(office, day=city_day(timezone.now())).sent_around) == [case]
    case = actions.decide_case(case, to=city.unit(), by=office, remark="按职责分工")
    assert case.decided_by_name == office.display_name
    client.force_login(city.user("unit-worker", unit=case.unit))
    page = client.get(f"/cases/{case.number}/").content.decode()
    assert office.display_name in page
    assert 'id="step-send_back"' not in page
    assert send(client, case, "send_back", remark="不是我们的").status_code == 409


def test_who_sends_a_case_back_goes_on_with_her_list_for_it_is_her_unit_s_no_longer(city, client):
    client.force_login(city.user("unit-worker", unit=city.unit()))
    for headers in ({}, {"X-Pane": "1"}):
        case = city.case(state="dispatched")
        client.get("/cases/")
        seen = {"send_back-seen": case.events_count, "send_back-remark": "另一单位管养"}
        answer = client.post(f"/cases/{case.number}/send_back/", seen, headers=headers)
        assert answer.status_code == 302
        assert f"{case.number} 已完成“退回”" in client.get(answer.url).content.decode()
        assert client.get(f"/cases/{case.number}/").status_code == 403


def test_the_chain_draws_what_is_seen_on_the_spot_and_only_that_estimates(city):
    now = timezone.now()
    drawn = missed = None
    while drawn is None or missed is None:
        case = city.case(state="resolved", division="LC0101")
        event = Event.objects.filter(chain=case.chain).latest("sequence")
        assert case.spot_check == is_drawn(event.hash, event.data["chance"])
        if case.spot_check:
            drawn = case
        else:
            missed = case
    verifier = city.user("verifier")
    with pytest.raises(WrongState):
        actions.pass_photo_case(drawn, by=verifier)
    with pytest.raises(actions.Needed):
        actions.verify_case(missed, by=verifier, photos=[])
    actions.redo_case(missed, by=verifier, remark="仍有垃圾")
    assert verification_rate(now, timezone.now()) is None, "a look of one's own choice says nothing"
    actions.redo_case(drawn, by=verifier, remark="仍有垃圾")
    found = verification_rate(now, timezone.now())
    assert (found.checks, found.failed, found.share) == (1, 1, 1.0)
    assert SpotCheck.objects.filter(failed=True).count() == 1


def test_the_day_of_a_review_lies_ahead_and_is_shown_when_it_comes(city):
    case = city.case(state="in_progress")
    office, today = city.user("creation-office"), city_day(timezone.now())
    with pytest.raises(actions.Needed):
        actions.suspend_case(case, by=office, remark="待管线迁改", review_on=today)
    case = city.take(case, "suspend")
    assert not decisions_for(office, day=today).reviews
    assert list(decisions_for(office, day=case.review_on).reviews) == [case]


@pytest.mark.parametrize(
    ("days", "metres", "kind", "back"),
    [
        (29, 20, "exposed-litter", True),
        (31, 20, "exposed-litter", False),
        (29, 40, "exposed-litter", False),
        (29, 20, "dirty-road", False),
    ],
)
def test_the_same_problem_soon_after_brings_the_old_case_back(city, days, metres, kind, back):
    old = city.case(state="closed")
    Case.objects.filter(pk=old.pk).update(closed_at=timezone.now() - timedelta(days=days))
    north = old.latitude + metres / 111_195
    new = city.case(kind, state="reported", longitude=old.longitude, latitude=north, apart=False)
    assert (new == old, new.state == "relapsed", new.relapsed) == (back, back, back)
    if back:
        assert (new.reports_count, new.due_at) == (2, None)


def test_a_unit_of_another_district_is_refused_by_name(city, client):
    case = city.case(state="registered")
    with pytest.raises(actions.Needed, match="杏川区"):
        actions.dispatch_case(case, to=city.unit(district="XC"), by=city.user("creation-office"))


def test_what_was_taken_up_and_answered_in_time_is_counted_where_it_was_received(city):
    from meicheng.ledger.models import CaseTally

    prompt = city.case(state="closed")
    slow = city.case(state="dispatched", division="XC0101")
    Case.objects.filter(pk=slow.pk).update(dispatched_at=timezone.now() - timedelta(days=9))
    slow = city.take(slow, "accept")
    assert (prompt.received_in_time, prompt.answered_in_time) == (True, True)
    assert (slow.received_in_time, slow.answered_in_time) == (False, None)
    sums = CaseTally.objects.values_list("received", "received_in_time", "answered_in_time")
    assert [sum(column) for column in zip(*sums, strict=True)] == [2, 1, 1]
    assert rebuild(check=True) == []


def test_a_request_for_more_time_ends_with_the_split_of_its_case(city):
    case = city.take(city.case(state="accepted"), "ask_extension")
    case = city.take(case, "split")
    assert case.extension == ""
    assert not case.extensions.filter(granted=None).exists()
