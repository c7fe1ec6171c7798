"""Taking a step back at the desk: what it restores, until when, and when it cannot be."""

import re
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from meicheng.cases import actions
from meicheng.cases.models import BulkRun, Case, Stage, TakenStep
from meicheng.cases.workbench.bulk import Order
from meicheng.cases.workbench.orders import carry_on_waiting, carry_out, undo
from meicheng.engine.workflow import TRANSITIONS, replay
from meicheng.ledger.models import Event
from meicheng.ledger.rebuild import rebuild
from meicheng.ledger.verify import verify
from meicheng.supervision.models import Clock, Supervision
from meicheng.voices.models import Report

KEPT = ("events_count", "head_hash", "updated_at")
UNDOABLE = [row.code for row in TRANSITIONS if row.undoable]
# From which state each of them is tried.
BEFORE = {
    "register": "reported", "turn_down": "reported", "dispatch": "registered",
    "decide": "sent_back", "accept": "dispatched", "start": "accepted", "pass_photo": "resolved",
    "close": "verified", "withdraw": "dispatched",
}  # fmt: skip


def columns(case):
    rows = Case.objects.filter(pk=case.pk).values().get()
    return {name: value for name, value in rows.items() if name not in KEPT}


def take(city, case, code):
    """Take a step as the desk does, by somebody who may; gives the case and who."""
    who = city.who_takes(case, code)
    more = {"by": who, "remark": "误操作", **city.asked(case, code)}
    with actions.can_be_undone(case, code, by=who):
        taken = getattr(actions, f"{code}_case")(case, **more)
    return taken, who


@pytest.mark.parametrize("code", UNDOABLE)
def test_a_step_that_is_taken_back_leaves_the_case_as_it_was_and_both_on_record(city, code):
    case = city.case(state=BEFORE[code])
    if code == "decide":
        Case.objects.filter(pk=case.pk).update(sent_back_count=3)
    if code == "pass_photo":
        Case.objects.filter(pk=case.pk).update(spot_check=False)
        case.spot_checks.all().delete()
    case = Case.objects.get(pk=case.pk)
    before, events = columns(case), case.events_count
    stages = list(Stage.objects.values())
    taken, who = take(city, case, code)
    assert columns(case) != before
    back = actions.undo_case(taken, by=who)
    assert columns(case) == before
    assert list(Stage.objects.values()) == stages
    assert back.events_count == events + 2
    written = list(Event.objects.filter(chain=case.chain).order_by("sequence"))
    assert [one.verb for one in written[-2:]] == [code, "undo"]
    if code != "decide":  # which was brought about by hand
        assert replay((one.verb, one.data) for one in written) == before["state"]
    assert rebuild(check=True) == []
    assert verify().found == 0


def test_the_stages_of_a_dispatch_go_with_it_and_its_clock_stands(city):
    kind = city.kind("lamp-out")
    kind.stages = [
        {"do": {"zh": "围挡", "en": "fence off"}, "limit": "2h"},
        {"do": {"zh": "修复", "en": "repair"}, "limit": "1wd"},
    ]
    kind.save()
    taken, who = take(city, city.case("lamp-out"), "dispatch")
    assert Stage.objects.count() == 2
    assert Clock.objects.get(pk=taken.pk).next_at is not None
    actions.undo_case(taken, by=who)
    assert Stage.objects.count() == 0
    assert Clock.objects.get(pk=taken.pk).next_at is None


def test_what_supervised_a_case_goes_on_when_its_withdrawal_is_taken_back(city):
    case = city.case(state="dispatched")
    Clock.objects.filter(pk=case.pk).update(reached=200)
    clock = Clock.objects.get(pk=case.pk)
    now = timezone.now()
    Supervision.objects.create(
        clock=clock, version=clock.version, percent=200, to="unit-lead", passed_at=now,
        written_at=now,
    )  # fmt: skip
    taken, who = take(city, case, "withdraw")
    assert Supervision.objects.get().lifted_at is not None
    actions.undo_case(taken, by=who)
    assert Supervision.objects.get().lifted_at is None
    assert Clock.objects.get(pk=case.pk).next_at is not None


@pytest.mark.parametrize("code", ["register", "turn_down", "close", "withdraw"])
def test_whoever_reported_it_reads_what_she_read_before(city, code):
    case = city.case(state=BEFORE[code])
    report = city.report(case=case)
    if code != "register" and case.state != "reported":
        Report.objects.filter(pk=report.pk).update(state="accepted")
    else:
        Report.objects.filter(pk=report.pk).update(state="received")
    told = ("state", "reply", "replied_at")
    before = Report.objects.values_list(*told).get(pk=report.pk)
    taken, who = take(city, Case.objects.get(pk=case.pk), code)
    assert Report.objects.values_list(*told).get(pk=report.pk) != before
    actions.undo_case(taken, by=who)
    assert Report.objects.values_list(*told).get(pk=report.pk) == before


def test_whoever_was_written_to_cannot_be_unwritten(city):
    from meicheng.notices.models import Letter
    from meicheng.voices.following import letter_key

    case = city.case(state="verified")
    report = city.report(case=case)
    taken, who = take(city, case, "close")
    report.refresh_from_db()
    Letter.objects.create(key=letter_key(report), address_sealed=b"", made_at=timezone.now())
    with pytest.raises(actions.CannotUndo):
        actions.undo_case(taken, by=who)
    assert Case.objects.get(pk=case.pk).state == "closed"


def test_nobody_takes_back_what_somebody_went_on_with_or_what_is_long_ago(city):
    taken, who = take(city, city.case(), "dispatch")
    actions.accept_case(taken, by=city.user("unit-worker", unit=taken.unit, name="李强"))
    with pytest.raises(actions.CannotUndo, match="李强"):
        actions.undo_case(taken, by=who)
    taken, who = take(city, city.case(), "dispatch")
    with pytest.raises(actions.CannotUndo):
        actions.undo_case(taken, by=city.user("dispatcher"))
    TakenStep.objects.update(at=timezone.now() - actions.MOMENT - timedelta(seconds=1))
    with pytest.raises(actions.CannotUndo, match="30"):
        actions.undo_case(taken, by=who)
    assert Case.objects.get(pk=taken.pk).state == "dispatched"
    assert not Event.objects.filter(verb="undo").exists()


def test_the_bar_offers_it_after_a_step_and_says_where_it_cannot_be(city, client):
    desk, case = city.user(), city.case()
    client.force_login(desk)
    step = {"dispatch-unit": city.unit().pk, "dispatch-seen": case.events_count}
    page = client.post(f"/cases/{case.number}/dispatch/", step, follow=True).content.decode()
    assert f'action="/cases/{case.number}/undo/"' in page
    assert 'data-key="z"' in page
    answer = client.post(f"/cases/{case.number}/undo/")
    assert answer.url == f"/cases/{case.number}/"
    assert Case.objects.get(pk=case.pk).state == "registered"
    assert "undo" in {one.verb for one in Event.objects.filter(chain=case.chain)}
    assert "已撤回" in client.get(answer.url).content.decode()
    assert client.post(f"/cases/{case.number}/undo/").status_code == 409, "once"
    lead = city.user("district-lead")
    client.force_login(lead)
    working = city.case(state="in_progress", division="LC0101")
    form = {
        "suspend-remark": "等待材料", "suspend-seen": working.events_count,
        "suspend-review_on": (timezone.localdate() + timedelta(days=9)).isoformat(),
    }  # fmt: skip
    page = client.post(f"/cases/{working.number}/suspend/", form, follow=True).content.decode()
    assert "不能撤回" in page
    assert 'data-key="z"' not in page


def test_a_bulk_order_is_taken_back_but_for_what_somebody_went_on_with(city, client):
    cases, desk = [city.case() for _ in range(3)], city.user()
    run = carry_out(desk, Order("dispatch"), cases, key=uuid.uuid4(), seen={})
    one = Case.objects.get(pk=cases[1].pk)
    actions.accept_case(one, by=city.user("unit-worker", unit=one.unit))
    client.force_login(desk)
    page = client.get(f"/cases/many/{run.key}").content.decode()
    assert f'action="/cases/many/{run.key}/undo"' in page
    for _ in range(2):  # sent twice, done once
        answer = client.post(f"/cases/many/{run.key}/undo")
    states = [Case.objects.get(pk=case.pk).state for case in cases]
    assert states == ["registered", "accepted", "registered"]
    page = client.get(answer.url).content.decode()
    assert cases[1].number in page
    assert Event.objects.filter(verb="undo").count() == 2


def test_taking_back_goes_on_where_its_worker_was_killed(city):
    cases, desk = [city.case() for _ in range(3)], city.user()
    run = carry_out(desk, Order("dispatch"), cases, key=uuid.uuid4(), seen={})
    back = undo(run)
    # What is asked for in time goes on after it.
    BulkRun.objects.filter(pk=run.pk).update(finished_at=run.finished_at - timedelta(minutes=5))
    BulkRun.objects.filter(pk=back.pk).update(made_at=back.made_at - timedelta(minutes=5))
    while carry_on_waiting():
        pass
    assert not Case.objects.exclude(state="registered").exists()


def test_a_mail_waits_until_the_answer_stands(city, settings):
    from meicheng.ledger.followers import FOLLOWERS, find_followers

    find_followers()
    assert FOLLOWERS["voices.mail"].after == actions.MOMENT


def test_the_key_of_another_persons_order_opens_nothing(city, client):
    run = carry_out(city.user(), Order("dispatch"), [city.case()], key=uuid.uuid4(), seen={})
    client.force_login(city.user("creation-office"))
    for what in ("", "/undo", "/stop"):
        send = client.post if what else client.get
        assert send(f"/cases/many/{run.key}{what}").status_code == 404
    assert re.fullmatch(r"[0-9a-f-]{36}", str(run.key))
