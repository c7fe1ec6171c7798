"""The same for many cases: said before, done once, said after."""

import re
import uuid

import pytest

from meicheng.cases import actions
from meicheng.cases.models import BulkLine, BulkRun, Case
from meicheng.cases.workbench import bulk
from meicheng.cases.workbench.bulk import Order, planned
from meicheng.cases.workbench.orders import carry_on_waiting, carry_out
from meicheng.ledger.models import Event


def sent(cases, code, **more):
    """The form that the list or the summary sends."""
    chosen = [f"{case.number}:{case.events_count}" for case in cases]
    return {"code": code, "case": chosen, **more}


def test_a_summary_says_what_will_and_will_not_happen_before_anything_does(city, client):
    fine, closed = city.case(), city.case(state="closed")
    away = city.case(division="XC0101")
    lead = city.user("district-lead")
    client.force_login(lead)
    page = client.post("/cases/many", sent([fine, closed, away], "dispatch")).content.decode()
    assert f'{city.unit().name_zh} <b class="num">1</b>' in page
    assert f"/cases/{closed.number}/" in page
    assert "已结案" in page
    assert away.number not in page.replace(f'value="{away.number}', ""), "not hers to see"
    assert not Event.objects.filter(verb="dispatch", by_id=lead.pk).exists()


def test_what_was_confirmed_is_done_once_however_often_it_is_sent(city, client):
    cases = [city.case() for _ in range(3)]
    client.force_login(city.user())
    page = client.post("/cases/many", sent(cases, "dispatch")).content.decode()
    order = sent(cases, "dispatch", go="1", key=re.search(r'name="key" value="(.+?)"', page)[1])
    for _ in range(2):
        answer = client.post("/cases/many", order)
        assert answer.status_code == 302
    assert Event.objects.filter(verb="dispatch").count() == 3
    assert [one.state for one in Case.objects.all()] == ["dispatched"] * 3
    page = client.get(answer.url).content.decode()
    assert all(case.number in page for case in cases)


def test_a_case_that_moved_on_meanwhile_is_left_and_named_with_who_moved_it(city):
    cases = [city.case(state="reported"), city.case(state="reported")]
    seen = {case.number: case.events_count for case in cases}
    actions.turn_down_case(cases[0], by=city.user("creation-office", name="王芳"), remark="重复")
    comment = Case.objects.get(pk=cases[1].pk)
    actions.add_report(comment, code="R1")
    run = carry_out(city.user(), Order("register"), Case.objects.all(), key=uuid.uuid4(), seen=seen)
    assert not run.lines.filter(done=True).exists()
    reasons = {line.case_id: line.reason for line in run.lines.all()}
    assert "不予立案" in reasons[cases[0].pk]
    assert "再次上报" in reasons[cases[1].pk] or "反映" in reasons[cases[1].pk]


def test_one_that_fails_holds_up_none_of_the_others(city, monkeypatch):
    cases = [city.case() for _ in range(3)]
    real = actions.dispatch_case

    def broken(case, **more):
        if case.pk == cases[1].pk:
            real(case, **more)
            raise actions.Needed("no")
        return real(case, **more)

    monkeypatch.setattr(actions, "dispatch_case", broken)
    run = carry_out(city.user(), Order("dispatch"), cases, key=uuid.uuid4(), seen={})
    assert [line.done for line in run.lines.order_by("case")] == [True, False, True]
    assert Case.objects.get(pk=cases[1].pk).state == "registered", "its own step is taken back"


def test_an_order_that_broke_off_goes_on_where_it_was(city, monkeypatch):
    cases, key = [city.case() for _ in range(3)], uuid.uuid4()
    real = actions.dispatch_case

    def killed(case, **more):
        if case.pk == cases[1].pk:
            raise KeyboardInterrupt
        return real(case, **more)

    with monkeypatch.context() as patch:
        patch.setattr(actions, "dispatch_case", killed)
        with pytest.raises(KeyboardInterrupt):
            carry_out(city.user(), Order("dispatch"), cases, key=key, seen={})
    carry_out(city.user(), Order("dispatch"), cases, key=key, seen={})
    assert BulkLine.objects.filter(done=True).count() == 3
    assert Event.objects.filter(verb="dispatch").count() == 3


@pytest.mark.parametrize("code", ["turn_down", "withdraw", "comment"])
def test_an_order_that_needs_words_asks_for_them(city, client, code):
    case = city.case(state="reported")
    client.force_login(city.user())
    answer = client.post("/cases/many", sent([case], code, go="1", key=str(uuid.uuid4())))
    assert answer.status_code == 400
    assert Case.objects.get(pk=case.pk).events_count == case.events_count


def test_many_are_joined_to_one_but_not_that_one_to_itself(city):
    cases = [city.case(state="reported") for _ in range(3)]
    order = Order("join", to=cases[0])
    plan = planned(city.user(), order, cases)
    assert [line.case.pk for line in plan.leaving] == [cases[0].pk]
    carry_out(city.user(), order, cases, key=uuid.uuid4(), seen={})
    assert Case.objects.filter(joined_to=cases[0]).count() == 2


def test_a_unit_of_another_district_is_refused_before(city):
    order = Order("dispatch", unit=city.unit(district="XC"))
    plan = planned(city.user(), order, [city.case(division="LC0101")])
    assert plan.doing == []
    assert city.unit(district="XC").name_zh in plan.leaving[0].reason


def test_a_summary_of_many_asks_a_bounded_number_of_questions(city, django_assert_max_num_queries):
    cases = [city.case() for _ in range(30)]
    cases = list(Case.objects.select_related("kind", "division__district", "unit"))
    user = city.user()
    with django_assert_max_num_queries(10):
        planned(user, Order("dispatch"), cases)


def test_the_chosen_are_exported_and_only_by_whom_may(city, client):
    case = city.case()
    client.force_login(city.user("creation-office"))
    assert client.post("/cases/many", sent([case], "export"))["Content-Type"].endswith("sheet")
    client.force_login(city.user("dispatcher"))
    assert client.post("/cases/many", sent([case], "export")).status_code == 403


def all_left(client, query, code="dispatch"):
    """Ask for the summary of an order for all that a filter leaves; gives its key and the page."""
    page = client.post("/cases/many", {"code": code, "all": "1", "query": query}).content.decode()
    return re.search(r'name="key" value="(.+?)"', page)[1], page


@pytest.fixture
def many_are_two(monkeypatch):
    """More than two cases are for the worker."""
    monkeypatch.setattr(bulk, "MOST", 2)


@pytest.mark.usefixtures("many_are_two")
def test_all_that_a_filter_leaves_is_done_by_the_worker_and_nothing_that_came_later(city, client):
    cases = [city.case("lamp-out") for _ in range(4)]
    other = city.case("exposed-litter")
    client.force_login(city.user())
    key, page = all_left(client, "kind=lamp-out")
    assert f'{city.unit("housing-construction").name_zh} <b class="num">4</b>' in page
    later = city.case("lamp-out")
    gone = Case.objects.get(pk=cases[3].pk)
    actions.withdraw_case(gone, by=city.user("creation-office", name="王芳"), remark="重复")
    for _ in range(2):  # sent twice
        answer = client.post("/cases/many", {"code": "dispatch", "key": key, "go": "1"})
        assert answer.url == f"/cases/many/{key}"
    assert not Event.objects.filter(verb="dispatch").exists(), "nothing before the worker"
    assert 'role="progressbar"' in client.get(answer.url).content.decode()
    while carry_on_waiting():
        pass
    assert {one.pk for one in Case.objects.filter(state="dispatched")} == {c.pk for c in cases[:3]}
    assert {Case.objects.get(pk=one.pk).state for one in (other, later)} == {"registered"}
    page = client.get(answer.url).content.decode()
    assert "progressbar" not in page
    assert gone.number in page
    assert "王芳" in page or "已撤销" in page


@pytest.mark.usefixtures("many_are_two")
def test_a_killed_worker_leaves_the_rest_to_the_next_and_does_nothing_twice(
    city, client, monkeypatch
):
    cases = [city.case() for _ in range(4)]
    client.force_login(city.user())
    key, _page = all_left(client, "")
    client.post("/cases/many", {"key": key, "go": "1"})
    real = actions.dispatch_case

    def killed(case, **more):
        taken = real(case, **more)
        if case.pk == cases[2].pk:
            raise KeyboardInterrupt  # after the step, before its transaction ends
        return taken

    with monkeypatch.context() as patch:
        patch.setattr(actions, "dispatch_case", killed)
        with pytest.raises(KeyboardInterrupt):
            carry_on_waiting()
    assert BulkLine.objects.filter(done=None).exists()
    while carry_on_waiting():
        pass
    assert Event.objects.filter(verb="dispatch").count() == 4
    assert BulkRun.objects.get(key=key).finished_at is not None


@pytest.mark.usefixtures("many_are_two")
def test_an_order_that_is_stopped_leaves_what_it_has_not_reached(city, client):
    for _ in range(3):
        city.case()
    client.force_login(city.user())
    key, _page = all_left(client, "")
    client.post("/cases/many", {"key": key, "go": "1"})
    client.post(f"/cases/many/{key}/stop")
    assert carry_on_waiting() == 0
    assert not Case.objects.exclude(state="registered").exists()
    assert "轮到之前已停止" in client.get(f"/cases/many/{key}").content.decode()


def test_a_few_that_a_filter_leaves_are_done_at_once(city, client):
    case = city.case()
    client.force_login(city.user())
    key, _page = all_left(client, "")
    client.post("/cases/many", {"key": key, "go": "1"})
    assert Case.objects.get(pk=case.pk).state == "dispatched"


def test_a_filter_that_leaves_nothing_orders_nothing(city, client):
    client.force_login(city.user())
    answer = client.post("/cases/many", {"code": "close", "all": "1", "query": "kind=lamp-out"})
    assert answer.url == "/cases/?kind=lamp-out"
    assert not BulkRun.objects.exists()
